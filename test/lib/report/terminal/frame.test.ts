import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import stringWidth from 'string-width';
import { frame } from '../../../../lib/report/terminal/frame.ts';
import type { State } from '../../../../lib/report/terminal/state.ts';
import { step } from '../../../../lib/report/terminal/step.ts';
import { nodeRow, summary } from '../../../support/snapshots.ts';
import { answer, nodes, nodesRead, press, type, waiting, watching } from '../../../support/watched.ts';

const blank = (count: number): string[] => Array.from({ length: count }, () => '');
const keys = '? help  / filter  < > sort  r reverse  Tab rows  q end';
const head = [
  'prod at 20261121T074500Z, 4 minutes old, v1.36.2, consistency exact',
  '2 nodes, 8 pods',
  'cpu ██████░░░░░░ 50.0 %  memory ██████░░░░░░ 50.0 %',
  'lists: nodes 2 in protobuf, 0 retries; pods 9 in protobuf, 0 retries',
];

/** Without colours, and never larger than the screen. */
function seen(state: State): string[] {
  const lines = frame(state, false);
  const { width, height } = state.size;
  assert.equal(lines.length, height);
  for (const line of lines) assert.ok(stringWidth(line) <= width, line);
  return lines;
}

suite('the screen of watch', () => {
  test('has the snapshot, how it was read, a row for each node, and the keys', () =>
    assert.deepEqual(seen(watching()), [
      ...head,
      'rows: nodes 4, workloads not read, groups 0; store read 3 seconds ago',
      '',
      'NODE    NODE POOL   TYPE        STATUS    PODS  CPU             MEMORY',
      'node-1  general     m6i.xlarge  Ready        1  █░░░░░  20.0 %  █████░  80.0 %',
      'node-2  general     m6i.xlarge  Ready        2  ██░░░░  40.0 %  ████░░  60.0 %',
      'node-3  spot        m6i.xlarge  Ready        3  ████░░  60.0 %  ██░░░░  40.0 %',
      'node-4  general     m6i.xlarge  Ready        4  █████░  80.0 %  █░░░░░  20.0 %',
      ...blank(11),
      'nodes 1-4 of 4, no room for ZONE, CAPACITY TYPE',
      keys,
    ]));

  test('shows in which order and by what the rows are found, also while it is typed', () => {
    const sorted = watching(nodes(), { sorts: { nodes: 'cpu' }, size: { width: 80, height: 12 } });
    const typing = type(press(sorted, 'r', '/'), 'general !m6a');
    assert.deepEqual(seen(typing).slice(6), [
      'NODE    NODE POOL   TYPE        STATUS    PODS  CPU▲            MEMORY',
      'node-1  general     m6i.xlarge  Ready        1  █░░░░░  20.0 %  █████░  80.0 %',
      'node-2  general     m6i.xlarge  Ready        2  ██░░░░  40.0 %  ████░░  60.0 %',
      'node-4  general     m6i.xlarge  Ready        4  █████░  80.0 %  █░░░░░  20.0 %',
      '/general !m6a▏ nodes 1-3 of 3',
      keys,
    ]);
    assert.equal(
      seen(press(typing, 'return')).at(-2),
      'nodes 1-3 of 3, found by "general !m6a" among 4, sorted by CPU ▲, no room for Z…',
    );
    assert.deepEqual(seen(type(typing, ' nowhere')).slice(6, 8), [
      'Nothing is found by "general !m6a nowhere"; Esc takes the filter away.',
      '',
    ]);
  });

  test('has the end of 5,000 rows', () => {
    const lines = seen(press(watching(nodes(5000)), 'end'));
    assert.deepEqual(lines.slice(6, 8), [
      'NODE       NODE POOL   TYPE         PODS  CPU             MEMORY',
      'node-4986  spot        m6i.xlarge  4,986  ██████  99.7 %  ░░░░░░   0.3 %',
    ]);
    assert.deepEqual(lines.slice(-3), [
      'node-5000  general     m6i.xlarge  5,000  ██████ 100.0 %  ░░░░░░   0.0 %',
      'nodes 4,986-5,000 of 5,000, no room for ZONE, CAPACITY TYPE, STATUS',
      keys,
    ]);
  });

  test('keeps names and bars on 40 columns', () =>
    assert.deepEqual(seen(watching(nodes(), { size: { width: 40, height: 12 } })), [
      'prod at 20261121T074500Z, 4 minutes old…',
      '2 nodes, 8 pods',
      'cpu ██████░░░░░░ 50.0 %  memory ██████░…',
      'lists: nodes 2 in protobuf, 0 retries; …',
      'rows: nodes 4, workloads not read, grou…',
      '',
      'NODE    CPU             MEMORY',
      'node-1  █░░░░░  20.0 %  █████░  80.0 %',
      'node-2  ██░░░░  40.0 %  ████░░  60.0 %',
      'node-3  ████░░  60.0 %  ██░░░░  40.0 %',
      'nodes 1-3 of 4, no room for NODE POOL, …',
      '? help  / filter  < > sort  r reverse  …',
    ]));

  test('gives the table what little height there is', () => {
    assert.deepEqual(seen(watching(nodes(), { size: { width: 30, height: 6 } })), [
      'prod at 20261121T074500Z, 4 m…',
      '',
      'NODE    CPU',
      'node-1  █░░░░░  20.0 %',
      'nodes 1-1 of 4, no room for N…',
      '? help  / filter  < > sort  r…',
    ]);
    for (let height = 1; height < 12; height++) seen(watching(nodes(), { size: { width: 1, height } }));
  });

  test('waits for the first answer, and for the first snapshot', () => {
    const small = { size: { width: 80, height: 9 } };
    assert.deepEqual(seen(waiting(small)), ['kube-binpack: ./snapshots', '', ...blank(6), keys]);
    assert.deepEqual(seen(step(waiting({ size: { width: 80, height: 12 } }), [answer([])])), [
      'kube-binpack: ./snapshots',
      ...blank(3),
      'store read 3 seconds ago',
      '',
      'There is no snapshot in ./snapshots yet: take one with kube-binpack snapshot.',
      ...blank(4),
      keys,
    ]);
  });

  test('says what is being read, and of when the rows are that stand there until then', () => {
    const first = summary();
    const reading = step(waiting(), [answer([first])]);
    const about = (state: State): string[] => seen(state).slice(4, 7);
    assert.deepEqual(about(reading), [
      'rows: nodes reading…, workloads not read, groups 0; store read 3 seconds ago',
      '',
      'The nodes are being read…',
    ]);
    const newer = summary({ snapshotId: '20261121T074800Z' });
    assert.deepEqual(about(step(reading, [nodesRead(first, nodes(2)), answer([newer])])), [
      'rows: nodes 2 of 20261121T074500Z, reading…, workloads not read, groups 0; stor…',
      '',
      'NODE    NODE POOL   TYPE        STATUS    PODS  CPU             MEMORY',
    ]);
    const wide = press(
      step({ ...reading, size: { width: 120, height: 24 } }, [nodesRead(first, nodes(2))]),
      'tab',
    );
    assert.equal(about(wide)[0], 'rows: nodes 2, workloads reading…, groups 0; store read 3 seconds ago');
  });

  test('keeps what it has when the store fails, and says how old that is', () => {
    const [known] = watching().summaries;
    assert.ok(known !== undefined);
    const refused = answer([known], ['could not list v1/: 403 AccessDenied']);
    const failing = step(watching(), [refused]);
    assert.deepEqual(seen(failing).slice(5, 8), [
      'read 3 seconds ago, trying again: could not list v1/: 403 AccessDenied',
      'NODE    NODE POOL   TYPE        STATUS    PODS  CPU             MEMORY',
      'node-1  general     m6i.xlarge  Ready        1  █░░░░░  20.0 %  █████░  80.0 %',
    ]);
    const unread = step(press(watching(), 'tab'), [
      { type: 'unread', kind: 'workloads', problem: 'the workloads are damaged' },
    ]);
    assert.deepEqual(seen(unread).slice(4, 7), [
      'rows: nodes 4, workloads not read, trying again, groups 0; store read 3 seconds…',
      'read 3 seconds ago, trying again: the workloads are damaged',
      'The workloads are being read…',
    ]);
    assert.equal(
      seen(step(watching(), [answer([known]), { type: 'note', text: 'no cache' }]))[5],
      'no cache',
    );
  });

  test('counts what a list took, and what it was narrowed to', () => {
    const [list] = summary().collection;
    assert.ok(list !== undefined);
    const read = summary({
      consistency: 'inconsistent',
      selectors: { namespace: 'web' },
      collection: [{ ...list, resource: 'pods', items: 150_000, encoding: 'json', retries: 1, restarts: 2 }],
    });
    const other = summary({ cluster: 'a', snapshotId: '20261121T070000Z' });
    const state = step(waiting({ size: { width: 120, height: 24 } }), [answer([other, read])]);
    assert.deepEqual(
      [seen(state)[0], seen(state)[3]],
      [
        'prod at 20261121T074500Z, 4 minutes old, v1.36.2, consistency inconsistent, only namespace web, 2 of 2 clusters',
        'lists: pods 150,000 in json, 1 retry, 2 restarts',
      ],
    );
  });

  test('shows hostile names as escapes, and measures wide ones', () => {
    const hostile = nodeRow({
      node: `\u001b[2J\u202e${'x'.repeat(251)}`,
      nodePool: '節点節点節点節点節点',
      abnormalConditions: ['\u0007=True'],
    });
    const state = watching([hostile], { size: { width: 120, height: 9 } });
    assert.deepEqual(seen(type(press(state, '/'), '節点')).slice(4), [
      '\\u001b[2J\\u202e…xxxxxxxxxxxxxx  節点節点…点節点   -      -      Ready,\\u0007=True      2  ██░░░░  25.0 %  ██░░░░  25.0 %',
      '',
      '',
      '/節点▏ nodes 1-1 of 1',
      keys,
    ]);
    // what is typed is no better
    assert.equal(seen(type(press(state, '/'), '\u202e')).at(-2), '/\\u202e▏ nodes 0-0 of 0');
  });

  test('is painted as tables are, and no colour is left open', () => {
    const [title = '', , resources = ''] = frame(watching(), true);
    assert.equal(title, `\u001b[1m${head[0]}\u001b[0m`);
    assert.equal(
      resources,
      'cpu \u001b[32m██████░░░░░░ 50.0 %\u001b[39m  memory \u001b[32m██████░░░░░░ 50.0 %\u001b[39m',
    );
    assert.equal(
      frame(watching(), true)[10],
      'node-4  general     m6i.xlarge  Ready        4  \u001b[32m█████░  80.0 %\u001b[39m  \u001b[32m█░░░░░  20.0 %\u001b[39m',
    );
    assert.equal(frame(watching(), true).at(-1), `\u001b[2m${keys}\u001b[0m`);
  });

  test('has all keys behind the question mark', () => {
    const help = seen(press(watching(), '?'));
    assert.deepEqual(help.slice(6, -2), [
      'Keys',
      '  ?      this help, and back',
      '  /      filter: every word is found, fuzzily; !word leaves out. Enter keeps it…',
      '  > s    sort by the next column',
      '  < S    sort by the column before',
      '  r      the other way round',
      '  Tab    nodes, workloads, groups; Shift-Tab goes back',
      '  c      the next cluster',
      '  Up     one row up; k too',
      '  Down   one row down; j too',
      '  PgUp   a page up',
      '  PgDn   a page down; space too',
      '  Home   the first rows; g too',
      '  End    the last rows; G too',
      '  Esc    without filter and help',
      '  q      end; Ctrl-C too',
    ]);
    assert.deepEqual(seen(press(watching(), '?', '?')), seen(watching()));
  });
});
