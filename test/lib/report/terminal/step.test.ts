import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  initialState,
  missingRows,
  shownSummary,
  type State,
} from '../../../../lib/report/terminal/state.ts';
import { foundRows, step } from '../../../../lib/report/terminal/step.ts';
import { summary } from '../../../support/snapshots.ts';
import { answer, nodes, nodesRead, press, type, waiting, watching } from '../../../support/watched.ts';

/** With room for five rows. */
const small = { size: { width: 80, height: 13 } };
const hundred = (): State => watching(nodes(100), small);

suite('keys', () => {
  test('scroll by rows and pages, and never beyond the ends', () => {
    const tops = (...keys: readonly string[]): number[] =>
      keys.map((_, index) => press(hundred(), ...keys.slice(0, index + 1)).top);
    assert.deepEqual(tops('up', 'down', 'j', 'pagedown', ' ', 'k', 'pageup'), [0, 1, 2, 6, 10, 9, 5]);
    assert.deepEqual(tops('end', 'down', 'pagedown', 'up', 'home', 'G', 'g'), [96, 96, 96, 95, 0, 96, 0]);
    assert.equal(press(watching(nodes(3), small), 'end').top, 0);
    assert.equal(press(watching([], small), 'pagedown').top, 0);
  });

  test('choose the column that sorts, through all of them and none', () => {
    const sorts = (...keys: readonly string[]): (string | undefined)[] =>
      keys.map((_, index) => press(watching(), ...keys.slice(0, index + 1)).sorts.nodes);
    assert.deepEqual(sorts('s', '>', 'r', 'r', 'S', '<', '<', 'r', 's', 's'), [
      'node',
      'nodePool',
      'nodePool:desc',
      'nodePool:asc',
      'node',
      undefined,
      'memory',
      'memory:asc',
      undefined,
      'node',
    ]);
    assert.equal(press(watching(), 'r').sorts.nodes, undefined);
    assert.deepEqual(foundRows(press(watching(), '<', '<')), [3, 2, 1, 0]);
    assert.deepEqual(foundRows(press(watching(), '<', '<', 'r')), [0, 1, 2, 3]);
    assert.equal(press(waiting(), 's', 'r').sorts.nodes, undefined);
  });

  test('type the filter, which narrows with each letter, and take it back', () => {
    const typing = type(press(watching(nodes(9)), '/'), 'spot');
    assert.deepEqual([typing.filter, foundRows(typing)], ['spot', [2, 5, 8]]);
    // letters are letters there, and q does not end it
    const more = type(typing, ' !q?s');
    assert.deepEqual([more.filter, more.ended, more.help], ['spot !q?s', false, false]);
    assert.deepEqual(foundRows(type(typing, ' !node-3')), [5, 8]);
    assert.equal(press(more, 'ctrl-w').filter, 'spot ');
    assert.equal(press(typing, 'backspace').filter, 'spo');
    assert.equal(type(press(watching(), '/'), 'e\u0301節').filter, 'e\u0301節');
    assert.equal(press(type(press(watching(), '/'), 'ae\u0301'), 'backspace').filter, 'a');
    assert.equal(press(typing, 'ctrl-u').filter, '');
    assert.equal(press(typing, 'ctrl-u', 'backspace').typing, false);
    assert.equal(type(press(watching(), '/'), 'x'.repeat(300)).filter.length, 200);

    const kept = press(typing, 'return');
    assert.deepEqual([kept.typing, kept.filter], [false, 'spot']);
    assert.deepEqual([press(kept, 'escape').filter, press(typing, 'escape').filter], ['', '']);
    assert.equal(press(typing, 'escape').typing, false);
  });

  test('scroll while the filter is typed, and a narrower one begins at its first row', () => {
    const typing = press(hundred(), '/', 'end');
    assert.equal(typing.top, 96);
    assert.deepEqual([type(typing, 'n').top, type(typing, 'n').typing], [0, true]);
  });

  test('turn to workloads and groups, each with an order of its own', () => {
    const turned = press(watching(), 's', 'tab');
    assert.deepEqual([turned.kind, turned.sorts], ['workloads', { nodes: 'node' }]);
    assert.equal(press(turned, 'tab').kind, 'groups');
    assert.equal(press(turned, 'tab', 'tab').kind, 'nodes');
    assert.equal(press(watching(), 'shift-tab').kind, 'groups');
  });

  test('end it, also while the filter is typed', () => {
    for (const key of ['q', 'ctrl-c', 'ctrl-d']) assert.equal(press(watching(), key).ended, true, key);
    assert.equal(press(watching(), '/', 'ctrl-c').ended, true);
    assert.equal(press(watching(), 'x', 'f5', 'left', 'ctrl-z').ended, false);
  });
});

suite('what is shown', () => {
  const first = summary();
  const newer = summary({ snapshotId: '20261121T074800Z' });
  const other = summary({ cluster: 'other', snapshotId: '20261121T074900Z' });

  test('is the newest snapshot, and then those of its cluster until c is pressed', () => {
    const one = step(waiting(), [answer([first])]);
    const two = step(one, [answer([first, other])]);
    assert.deepEqual([shownSummary(one)?.cluster, shownSummary(two)?.cluster], ['prod', 'prod']);
    assert.equal(shownSummary(step(waiting(), [answer([first, other])]))?.cluster, 'other');
    const turned = press(step(two, [nodesRead(first, nodes())]), 'c');
    assert.equal(shownSummary(turned)?.cluster, 'other');
    // rows of another cluster are never shown under its name
    assert.equal(turned.loaded.nodes, undefined);
    assert.equal(step(turned, [nodesRead(first, nodes())]).loaded.nodes, undefined);
    assert.equal(shownSummary(press(turned, 'c'))?.cluster, 'prod');
    assert.equal(press(waiting(), 'c').cluster, null);
  });

  test('asks for rows of what is looked at, and only where they are not of this snapshot', () => {
    const state = step(waiting(), [answer([first])]);
    assert.deepEqual(missingRows(state), { summary: first, kind: 'nodes' });
    const read = step(state, [nodesRead(first, nodes())]);
    assert.equal(missingRows(read), null);
    assert.deepEqual(missingRows(press(read, 'tab')), { summary: first, kind: 'workloads' });
    assert.equal(missingRows(press(read, 'tab', 'tab')), null);
    assert.deepEqual(missingRows(step(read, [answer([newer])])), { summary: newer, kind: 'nodes' });
    assert.equal(missingRows(waiting()), null);
  });

  test('keeps its order and its filter when a newer snapshot comes, and its place as far as there are rows', () => {
    const state = press(type(press(hundred(), 's', '/'), 'node'), 'return', 'end');
    const next = step(state, [answer([newer]), nodesRead(newer, nodes(20))]);
    assert.deepEqual(
      [next.sorts.nodes, next.filter, state.top, next.top, foundRows(next).length],
      ['node', 'node', 96, 16, 20],
    );
  });

  test('is in the order of the store where the column has gone', () => {
    const state = watching(nodes(3), { sorts: { nodes: 'nvidia.com/gpu' } });
    assert.deepEqual(foundRows(state), [0, 1, 2]);
  });

  test('is as many rows as --limit says', () => {
    assert.deepEqual(foundRows(watching(nodes(9), { sorts: { nodes: 'cpu' }, limit: 2 })), [8, 7]);
  });

  test('follows the size of the screen', () => {
    const end = press(hundred(), 'end');
    assert.equal(step(end, [{ type: 'resize', size: { width: 80, height: 23 } }]).top, 86);
    assert.equal(initialState(end).top, 0);
  });
});
