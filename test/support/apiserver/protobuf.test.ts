import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exchange } from '../fixtures.ts';
import type { KubeObject } from './objects.ts';
import { encodeEnvelope, encodeMessage } from './protobuf.ts';

test('a single pod has the bytes that the real server gave', () => {
  const { kind, apiVersion, ...pod } = JSON.parse(
    exchange('get-pod-json').response.body.toString(),
  ) as KubeObject & {
    readonly kind: string;
    readonly apiVersion: string;
  };
  assert.deepEqual(
    encodeEnvelope(kind, apiVersion, encodeMessage('Pod', pod)),
    exchange('get-pod-pb').response.body,
  );
});

test('a field that the table does not know is refused, not dropped', () => {
  assert.throws(
    () => encodeMessage('Pod', { metadata: { name: 'a' }, spec: { newField: 1 } }),
    /fields\.ts lacks a field of PodSpec: one of newField/,
  );
});

test('negative numbers take ten bytes, large ones as many as they need', () => {
  const bytes = encodeMessage('Toleration', { tolerationSeconds: -1 });
  assert.equal(bytes.subarray(-11).toString('hex'), '28ffffffffffffffffff01');
  assert.equal(
    encodeMessage('Toleration', { tolerationSeconds: 2 ** 40 })
      .subarray(-7)
      .toString('hex'),
    '28808080808020',
  );
});
