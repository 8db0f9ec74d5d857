import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Constraints } from '../../../lib/model/constraints.ts';
import { shapeOfPod } from '../../../lib/packing/shape.ts';
import { pod } from '../../support/builders.ts';

const version = { kubernetesVersion: 'v1.36.2' };
const named = { key: 'metadata.name', operator: 'In', values: ['a'] };
const term = (key: string | null): NonNullable<Constraints['nodeAffinity']>[number] => ({
  matchExpressions: key === null ? [] : [{ key, operator: 'Exists', values: [] }],
  matchFields: [],
});

suite('the shape of a pod that names its node', () => {
  test('may run there alone', () => {
    assert.deepEqual(shapeOfPod(pod({ nodeName: 'a' }), version).constraints, {
      nodeAffinity: [{ fields: [named] }],
    });
  });

  test('and only where its affinity lets it, of which an empty term lets it nowhere', () => {
    const constraints = { nodeAffinity: [term('gpu'), term(null)] };
    assert.deepEqual(shapeOfPod(pod({ nodeName: 'a', constraints }), version).constraints.nodeAffinity, [
      { labels: [{ key: 'gpu', operator: 'Exists' }], fields: [named] },
      {},
    ]);
  });
});
