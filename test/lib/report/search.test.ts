import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { nearestNames, searchRows } from '../../../lib/report/search.ts';

const rows = [
  ['ip-10-0-0-1', 'general', 'm6i.large', 'Ready'],
  ['ip-10-0-0-2', 'general', 'm6i.large', 'Ready,SchedulingDisabled'],
  ['ip-10-0-0-3', 'spot-general', 'c7g.xlarge', 'NotReady,Tainted'],
  ['ip-10-0-0-4', 'gpu', 'p4d.24xlarge', 'Ready'],
] as const;

function found(query: string): string[] {
  return searchRows(rows, query, (row) => row).map(([node]) => node.slice(-1));
}

suite('a search', () => {
  const table: readonly (readonly [query: string, nodes: string])[] = [
    ['', '1234'],
    ['   ', '1234'],
    ['!', '1234'],
    ['general', '123'],
    ['GENERAL', '123'],
    ['gpu', '4'],
    ['m6il', '12'],
    ['p4d', '4'],
    ['large', '1234'],
    ['m6i general', '12'],
    ['general m6i', '12'],
    ['general gpu', ''],
    ['!general', '4'],
    ['!GENERAL', '4'],
    ['general !spot', '12'],
    ['!spot !gpu', '12'],
    ['!general !gpu', ''],
    ['tainted', '3'],
    ['zzz', ''],
    ['  general   !spot  ', '12'],
    ['(', ''],
    ['.*', ''],
    ['!.', ''],
  ];
  for (const [query, nodes] of table) {
    test(`"${query}" finds ${nodes === '' ? 'nothing' : nodes}`, () =>
      assert.equal(found(query).join(''), nodes));
  }

  test('keeps the order of the rows', () => assert.deepEqual(found('ip'), ['1', '2', '3', '4']));

  test('a word may stand in one column and the next in another, but a word is not spread over two', () => {
    assert.deepEqual(found('gpu Ready'), ['4']);
    assert.deepEqual(found('gpuReady'), []);
  });

  test('what is left out must stand there letter by letter: !spt leaves nothing out', () => {
    assert.deepEqual(found('!spt'), ['1', '2', '3', '4']);
  });
});

test('the nearest names are those with the most pairs of letters in common', () => {
  const names = ['gpu-1', 'general-1', 'general-12', 'x'];
  assert.deepEqual(nearestNames(names, 'generl-1', 2), ['general-1', 'general-12']);
  assert.deepEqual(nearestNames(names, 'GPU', 3), ['gpu-1']);
  assert.deepEqual(nearestNames(names, 'x', 3), []);
});
