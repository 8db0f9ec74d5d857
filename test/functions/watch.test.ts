/** The newest snapshot as it comes: on a terminal, and in a pipe. */
import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { suite, test } from 'node:test';
import { createDirectoryStore } from '../../lib/store/directory.ts';
import { commitSnapshot } from '../../lib/store/snapshots.ts';
import { messages, refusal, runCli, startCli } from '../support/cli.ts';
import { temporaryFolder } from '../support/kubeconfig.ts';
import { nodeAmounts, nodeRow, snapshot, workloadRow } from '../support/snapshots.ts';
import { noTerminal, startOnTerminal } from '../support/terminal.ts';

const { signal } = new AbortController();
/** The line turns over again, the screen from before is back, and the cursor. */
const restored = '␛[?7h␛[?1049l␛[?25h';

/** Of a time to come, so that its age is 0 whenever this runs. */
async function put(directory: string, snapshotId: string, names: readonly string[]): Promise<void> {
  const identity = { cluster: 'prod', snapshotId };
  const whole = snapshot({
    summary: { ...identity, scheduledAt: '2999-01-01T00:00:00.000Z' },
    nodes: names.map((node, index) =>
      nodeRow({ ...identity, node, resources: { cpu: nodeAmounts(4, index + 1) } }),
    ),
    workloads: [workloadRow({ ...identity, name: 'web' })],
  });
  await commitSnapshot(createDirectoryStore(directory), whole, signal);
}

suite('watch on a terminal', { concurrency: 2, skip: noTerminal }, () => {
  test('waits for a snapshot, shows it, narrows by what is typed, follows the size, and leaves the screen as it was', async (t) => {
    const folder = temporaryFolder(t);
    const args = ['watch', '--every', '1s', '--sort', 'cpu'];
    const { until, type, resize, ended } = startOnTerminal(args, {
      cwd: folder.at(''),
      width: 80,
      height: 12,
    });
    const empty = await until((lines) => lines[6]?.startsWith('There is no') === true);
    assert.equal(empty[6], 'There is no snapshot in ./snapshots yet: take one with kube-binpack snapshot.');

    await put(folder.at('snapshots'), '29990101T000000Z', ['web-1', 'web-2', 'spot-1']);
    const plain = (lines: readonly string[]): string[] => lines.map((line) => line.trimEnd());
    const full = await until((lines) => lines[9]?.startsWith('web-1') === true);
    assert.match(full[4] ?? '', /^rows: nodes 3, workloads not read, groups 0; store read \d+ seconds? ago$/);
    assert.deepEqual(plain([...full.slice(0, 4), ...full.slice(5)]), [
      'prod at 29990101T000000Z, 0 seconds old, v1.36.2, consistency exact',
      '2 nodes, 8 pods',
      'cpu ██████░░░░░░ 50.0 %  memory ██████░░░░░░ 50.0 %',
      'lists: nodes 2 in protobuf, 0 retries; pods 9 in protobuf, 0 retries',
      '',
      'NODE    NODE POOL   TYPE   ZONE   CAPACITY TYPE   STATUS    PODS  CPU▼',
      'spot-1  -           -      -      -               Ready        2  █████░  75.0 %',
      'web-2   -           -      -      -               Ready        2  ███░░░  50.0 %',
      'web-1   -           -      -      -               Ready        2  ██░░░░  25.0 %',
      'nodes 1-3 of 3, sorted by CPU ▼',
      '? help  / filter  < > sort  r reverse  Tab rows  q end',
    ]);

    type('/web !web-2');
    const narrowed = await until((lines) => lines[10]?.includes('of 1') === true);
    assert.deepEqual(plain(narrowed.slice(7, 11)), [
      'web-1   -           -      -      -               Ready        2  ██░░░░  25.0 %',
      '',
      '',
      '/web !web-2▏ nodes 1-1 of 1',
    ]);
    // Enter, and then Tab: the workloads are read as they are asked for
    type('\r\t');
    const workloads = await until((lines) => lines[7]?.startsWith('default') === true);
    assert.match(workloads[4] ?? '', /^rows: nodes 3, workloads 1,/);

    resize(44, 10);
    const small = await until((lines) => lines.length === 10 && lines[9]?.startsWith('?') === true);
    assert.deepEqual(plain([small[0] ?? '', ...small.slice(-2)]), [
      'prod at 29990101T000000Z, 0 seconds old, v1…',
      'workloads 1-1 of 1, found by "web !web-2" a…',
      '? help  / filter  < > sort  r reverse  Tab …',
    ]);

    type('\u0003');
    const { code, raw } = await ended;
    assert.equal(code, 0);
    assert.ok(raw.startsWith('␛[?1049h␛[?25l'), JSON.stringify(raw.slice(0, 40)));
    assert.ok(raw.endsWith(restored), JSON.stringify(raw.slice(-40)));
    assert.match(raw, /␛\[32m██░░░░ {2}25\.0 %␛\[39m/);
  });

  test('told to stop it leaves the screen as it was; NO_COLOR takes the colours away', async (t) => {
    const folder = temporaryFolder(t);
    await put(folder.at('snapshots'), '29990101T000000Z', ['web-1']);
    const {
      until,
      signal: kill,
      ended,
    } = startOnTerminal(['watch'], {
      cwd: folder.at(''),
      env: { NO_COLOR: '1' },
      width: 80,
      height: 24,
    });
    await until((lines) => lines[7]?.startsWith('web-1') === true);
    kill(constants.signals.SIGTERM);
    const { code, raw } = await ended;
    assert.equal(code, 0);
    assert.ok(raw.endsWith(restored), JSON.stringify(raw.slice(-40)));
    assert.doesNotMatch(raw, /␛\[[\d;]*m/);
  });

  test('a mistake is told where it can be read: behind the screen, not on it', async (t) => {
    const folder = temporaryFolder(t);
    await put(folder.at('snapshots'), '29990101T000000Z', ['web-1']);
    const options = { cwd: folder.at(''), width: 80, height: 24 };
    const { code, raw } = await startOnTerminal(['watch', '--sort', 'nope'], options).ended;
    assert.equal(code, 2);
    assert.equal(
      raw.slice(raw.indexOf(restored)),
      `${restored}error: --sort "nope": there is no such column; they are node, nodePool, instanceType, zone, capacityType, status, pods, cpu\r\n`,
    );
  });

  test('one that cannot move its cursor gets the table as a pipe does', async (t) => {
    const folder = temporaryFolder(t);
    await put(folder.at('snapshots'), '29990101T000000Z', ['web-1']);
    const env = { TERM: 'dumb', NO_COLOR: '1' };
    const {
      until,
      signal: kill,
      ended,
    } = startOnTerminal(['watch'], { cwd: folder.at(''), env, width: 80, height: 24 });
    await until((lines) => lines.join('').includes('25.0 %'));
    kill(constants.signals.SIGINT);
    const { code, raw } = await ended;
    assert.equal(code, 0);
    assert.doesNotMatch(raw, /␛/);
  });
});

suite('watch in a pipe', { concurrency: 2 }, () => {
  test('prints a block for each newer snapshot, and goes on where the store is damaged', async (t) => {
    const folder = temporaryFolder(t);
    const args = ['watch', '--every', '1s', '--sort', 'cpu:asc', '--limit', '2'];
    const { child, result } = startCli(args, { cwd: folder.at('') });
    const says = async (stream: 'stdout' | 'stderr', wanted: string): Promise<void> =>
      new Promise((resolve, reject) => {
        let heard = '';
        child[stream]?.on('data', (text: string) => {
          heard += text;
          if (heard.includes(wanted)) resolve();
        });
        child.once('close', () => reject(new Error(`it ended before it said ${wanted}`)));
      });
    const first = says('stdout', '50.0 %');
    const damaged = says('stderr', '29990101T001000Z');
    const second = says('stdout', 'web-4');
    await says('stderr', 'waiting for one');
    await put(folder.at('snapshots'), '29990101T000000Z', ['web-1', 'web-2', 'web-3']);
    await first;
    folder.write('snapshots/v1/summary/cluster=prod/date=2999-01-01/29990101T001000Z.json', '{');
    await damaged;
    await put(folder.at('snapshots'), '29990101T001500Z', ['web-4']);
    await second;
    child.kill('SIGTERM');
    const { code, stdout, stderr } = await result;
    assert.equal(code, 0, stderr);
    assert.deepEqual(messages({ stderr }, 'info'), [
      'there is no snapshot in ./snapshots yet: waiting for one',
    ]);
    assert.equal(messages({ stderr }, 'warn').length, 1);
    assert.equal(
      stdout,
      [
        'prod at 29990101T000000Z, Kubernetes v1.36.2: 2 nodes, 8 pods',
        '',
        'NODE   NODE POOL  TYPE  ZONE  CAPACITY TYPE  STATUS  PODS  CPU',
        'web-1  -          -     -     -              Ready      2  ██░░░░  25.0 %',
        'web-2  -          -     -     -              Ready      2  ███░░░  50.0 %',
        '',
        'prod at 29990101T001500Z, Kubernetes v1.36.2: 2 nodes, 8 pods',
        '',
        'NODE   NODE POOL  TYPE  ZONE  CAPACITY TYPE  STATUS  PODS  CPU',
        'web-4  -          -     -     -              Ready      2  ██░░░░  25.0 %',
        '',
      ].join('\n'),
    );
  });

  test('mistakes are refused before anything is read', async (t) => {
    const cwd = temporaryFolder(t).at('');
    const mistakes: readonly (readonly [args: readonly string[], says: RegExp])[] = [
      [['--every', '500ms'], /^--every "500ms": must be between 1 s and 7 days$/],
      [['--nodes', '--groups'], /^choose one of --nodes and --groups$/],
    ];
    for (const [args, says] of mistakes)
      assert.match(refusal(await runCli(['watch', ...args], { cwd }), 2), says);
  });
});
