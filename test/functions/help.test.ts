import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { suite, test, type TestContext } from 'node:test';
import { commands, commonSettings } from '../../functions/commands.ts';
import { settings } from '../../lib/config.ts';
import { runCli, type CliResult } from '../support/cli.ts';
import { temporaryFolder } from '../support/kubeconfig.ts';

async function run(t: TestContext, ...args: string[]): Promise<CliResult> {
  return runCli(args, { cwd: temporaryFolder(t).at('') });
}

const summaries = [
  /snapshot .*read the cluster/,
  /list .*list the snapshots/,
  /show .*show a stored snapshot/,
  /check .*check that a snapshot/,
];

suite('help', { concurrency: 2 }, () => {
  test('--help names every command and the exit codes', async (t) => {
    const { code, stdout, stderr } = await run(t, '--help');
    assert.equal(code, 0);
    assert.equal(stderr, '');
    assert.match(stdout, /^Usage: kube-binpack /);
    for (const summary of summaries) assert.match(stdout, summary);
    assert.match(
      stdout,
      /Exit codes: 0 done, 1 unexpected, 2 usage or configuration, 3 cluster unreachable or refused, 4 store failed/,
    );
  });

  for (const command of commands) {
    test(`${command.name} --help has its settings and examples`, async (t) => {
      const { code, stdout, stderr } = await run(t, command.name, '--help');
      assert.equal(code, 0);
      assert.equal(stderr, '');
      assert.match(stdout, new RegExp(`^Usage: kube-binpack ${command.name} `));
      for (const key of [...command.settings, ...commonSettings])
        assert.ok(stdout.includes(`--${settings[key].flag} `), key);
      assert.ok(command.examples.length > 0);
      for (const [line, help] of command.examples) {
        assert.ok(stdout.includes(`  $ ${line}\n      ${help}`), line);
        assert.ok(line.startsWith(`kube-binpack ${command.name}`), line);
      }
    });
  }

  test('--version is the version of the package alone', async (t) => {
    const { version } = JSON.parse(
      await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
    ) as { version: string };
    assert.deepEqual(await run(t, '--version'), {
      code: 0,
      signal: null,
      stdout: `${version}\n`,
      stderr: '',
    });
  });

  test('no command is a mistake: the help goes to stderr', async (t) => {
    const { code, stdout, stderr } = await run(t);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /^Usage: kube-binpack /);
  });
});

suite('mistakes on the command line', { concurrency: 2 }, () => {
  const mistakes: readonly (readonly [args: readonly string[], says: string])[] = [
    [['snpashot'], "error: unknown command 'snpashot'\n(Did you mean snapshot?)\n"],
    [['download'], "error: unknown command 'download'\n"],
    [
      ['snapshot', '--list-page-sise', '5'],
      "error: unknown option '--list-page-sise'\n(Did you mean --list-page-size?)\n",
    ],
    [['show', '--nodez'], "error: unknown option '--nodez'\n(Did you mean one of --node, --nodes?)\n"],
    [['list', '--limit'], "error: option '--limit <n>' argument missing\n"],
  ];
  for (const [args, says] of mistakes) {
    test(`${args.join(' ')}: one sentence, and what may have been meant`, async (t) => {
      assert.deepEqual(await run(t, ...args), { code: 2, signal: null, stdout: '', stderr: says });
    });
  }

  test('one argument too many is refused', async (t) => {
    const { code, stdout, stderr } = await run(t, 'show', 'a', 'b');
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /^error: too many arguments for 'show'\. Expected 1 argument but got 2.*\n$/);
  });
});
