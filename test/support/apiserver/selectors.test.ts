import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from './objects.ts';
import { fieldSelector, labelSelector } from './selectors.ts';

const pod: KubeObject = {
  metadata: { name: 'a', namespace: 'web', labels: { app: 'shop', tier: 'front', empty: '' } },
  spec: { nodeName: 'n1' },
  status: { phase: 'Running' },
};

for (const [text, expected] of [
  ['app=shop', true],
  ['app==shop,tier=front', true],
  ['app!=shop', false],
  ['other!=shop', true],
  ['app in (shop,store)', true],
  ['app notin (shop, store),tier', false],
  ['other notin (x)', true],
  ['tier', true],
  ['!tier', false],
  ['!other', true],
  ['empty=', true],
] as const) {
  test(`the labels ${expected ? 'match' : 'do not match'} "${text}"`, () => {
    assert.equal(labelSelector(text)(pod), expected);
  });
}

for (const [text, expected] of [
  ['status.phase=Running', true],
  ['status.phase!=Succeeded,status.phase!=Failed', true],
  ['spec.nodeName=', false],
  ['spec.nodeName==n1,metadata.namespace=web', true],
  ['metadata.name!=a', false],
  ['status.nominatedNodeName=', true],
] as const) {
  test(`the fields ${expected ? 'match' : 'do not match'} "${text}"`, () => {
    assert.equal(fieldSelector('pods', text)(pod), expected);
  });
}

test('nodes have fewer selectable fields than pods', () => {
  assert.throws(() => fieldSelector('nodes', 'status.phase=Running'), /field label not supported/);
});
