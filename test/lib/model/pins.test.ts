import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { pinsOf, type Pin, type PinFacts } from '../../../lib/model/pins.ts';

const plain: PinFacts = { doNotDisrupt: '', safeToEvict: '', safeVolumes: '', localVolumes: [] };

const cases: readonly (readonly [what: string, facts: Partial<PinFacts>, pins: readonly Pin[]])[] = [
  ['nothing said, nothing local', {}, []],
  ['Karpenter is told to leave it', { doNotDisrupt: 'true' }, ['do-not-disrupt']],
  ['Karpenter is told that it may', { doNotDisrupt: 'false' }, []],
  ['the Cluster Autoscaler is told to leave it', { safeToEvict: 'false' }, ['safe-to-evict']],
  ['a volume on the node', { localVolumes: ['scratch'] }, ['local storage']],
  ['a volume on the node, and it may go', { localVolumes: ['scratch'], safeToEvict: 'true' }, []],
  ['all volumes may be lost', { localVolumes: ['a', 'b'], safeVolumes: 'b, a' }, []],
  ['one volume may be lost', { localVolumes: ['a', 'b'], safeVolumes: 'a' }, ['local storage']],
  [
    'all of them',
    { doNotDisrupt: 'true', safeToEvict: 'false', localVolumes: ['a'] },
    ['do-not-disrupt', 'safe-to-evict', 'local storage'],
  ],
];

suite('what keeps a pod on its node', () => {
  for (const [what, facts, expected] of cases)
    test(what, () => assert.deepEqual(pinsOf({ ...plain, ...facts }), expected));

  test('equal answers are one array, by which equal pods are known', () => {
    assert.equal(pinsOf({ ...plain, safeToEvict: 'false' }), pinsOf({ ...plain, safeToEvict: 'false' }));
    assert.equal(pinsOf(plain), pinsOf({ ...plain, doNotDisrupt: 'no' }));
  });
});
