import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { StoreError } from '../../../lib/errors.ts';
import { nodeRowSchema, type Summary } from '../../../lib/model/snapshot.ts';
import {
  decodeRows,
  decodeSummary,
  encodeRows,
  parseRows,
  encodeSummary,
  sha256,
} from '../../../lib/store/codec.ts';
import { nodeRow, summary } from '../../support/snapshots.ts';

const storeError = (message: string | RegExp): ((error: unknown) => true) => {
  return (error) => {
    assert.ok(error instanceof StoreError, String(error));
    if (typeof message === 'string') assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  };
};

suite('a summary', () => {
  test('is one line of JSON with a newline behind it, and reads back equal', () => {
    const encoded = encodeSummary(summary()).toString();
    assert.match(encoded, /^\{"schemaVersion":1,[^\n]*\}\n$/);
    assert.deepEqual(decodeSummary(Buffer.from(encoded), 'it'), summary());
  });

  test('that was cut short anywhere is damaged, and says what it is', () => {
    const whole = encodeSummary(summary());
    for (let length = 0; length < whole.length - 2; length += 7) {
      assert.throws(
        () => decodeSummary(whole.subarray(0, length), 'snapshot 20261121T074500Z of prod'),
        storeError(/^snapshot 20261121T074500Z of prod is damaged: it is not JSON/),
      );
    }
  });

  test('of a newer schema says to update', () => {
    const newer = Buffer.from(JSON.stringify({ schemaVersion: 2, clusters: ['of', 'tomorrow'] }));
    assert.throws(
      () => decodeSummary(newer, 'snapshot X of prod'),
      storeError(
        'snapshot X of prod was written by a newer kube-binpack (schema 2, this one reads up to 1): update kube-binpack',
      ),
    );
  });

  test('that is JSON of something else is not valid, with at most three reasons', () => {
    for (const text of [
      '[]',
      'null',
      '"summary"',
      '1',
      '{}',
      '{"schemaVersion":1}',
      '{"schemaVersion":"1"}',
    ]) {
      assert.throws(
        () => decodeSummary(Buffer.from(text), 'it'),
        storeError(/^it is not valid: (?:[^;]+)(?:; [^;]+){0,2}$/),
      );
    }
  });

  test('that a reader would refuse is not written', () => {
    assert.throws(
      () => encodeSummary({ ...summary(), durationMs: Number.NaN }),
      storeError(/^summary is not valid: durationMs/),
    );
    const cpu = { ...summary().resources['cpu'], allocated: Number.NaN } as Summary['resources'][string];
    assert.throws(
      () => encodeSummary(summary({ resources: { cpu } })),
      storeError(/^summary is not valid: resources\.cpu\.allocated/),
    );
  });

  test('keeps names in every script', () => {
    const odd = summary({
      cluster: 'b\u00fccher\u2028\ud83d\ude80',
      problems: [{ reason: 'X', count: 1, examples: ['\u001b[31m'] }],
    });
    const encoded = encodeSummary(odd);
    assert.equal(encoded.indexOf('\n'), encoded.length - 1);
    assert.deepEqual(decodeSummary(encoded, 'it'), odd);
  });
});

suite('rows', () => {
  test('are gzipped lines of JSON, counted and summed up', async () => {
    const rows = [nodeRow({ node: 'a' }), nodeRow({ node: 'b', ready: null })];
    const encoded = await encodeRows(rows, nodeRowSchema, 'nodes');
    assert.equal(encoded.rows, 2);
    assert.equal(encoded.sha256, createHash('sha256').update(encoded.bytes).digest('hex'));
    assert.equal(
      gunzipSync(encoded.bytes).toString(),
      `${JSON.stringify(rows[0])}\n${JSON.stringify(rows[1])}\n`,
    );
    assert.deepEqual(decodeRows(encoded.bytes, nodeRowSchema, 'nodes'), rows);
  });

  test('of an empty cluster are none', async () => {
    const encoded = await encodeRows([], nodeRowSchema, 'nodes');
    assert.equal(encoded.rows, 0);
    assert.equal(gunzipSync(encoded.bytes).length, 0);
    assert.deepEqual(decodeRows(encoded.bytes, nodeRowSchema, 'nodes'), []);
  });

  test('that a reader would refuse are not written', async () => {
    const wrong = nodeRow({ node: 'b', pods: -1 });
    await assert.rejects(
      encodeRows([nodeRow(), wrong], nodeRowSchema, 'nodes'),
      storeError(/^nodes, row 1 is not valid: pods: /),
    );
  });

  test('that cannot be unzipped, parsed or understood say which', async () => {
    const { bytes } = await encodeRows([nodeRow()], nodeRowSchema, 'nodes');
    const read = (content: Buffer) => () => decodeRows(content, nodeRowSchema, 'the nodes of X');
    assert.throws(
      read(bytes.subarray(0, bytes.length - 9)),
      storeError(/^the nodes of X is damaged: it cannot be unzipped/),
    );
    assert.throws(
      read(Buffer.from('plain')),
      storeError(/^the nodes of X is damaged: it cannot be unzipped/),
    );
    const line = JSON.stringify(nodeRow());
    assert.throws(
      () => parseRows(gzipSync(Buffer.alloc(1001, '\n')), 'the nodes of X', 1000),
      storeError(/^the nodes of X are larger than 1000 bytes unzipped, which no snapshot is: remove them$/),
    );
    assert.throws(
      read(gzipSync(`${line}\n{"node"\n`)),
      storeError(/^the nodes of X, row 1 is damaged: it is not JSON/),
    );
    assert.throws(read(gzipSync(`${line}\n{}\n`)), storeError(/^the nodes of X, row 1 is not valid: /));
    const long = JSON.stringify({ ...nodeRow(), labels: { ['x'.repeat(5_000)]: 7 } });
    assert.throws(
      read(gzipSync(long)),
      storeError(/^the nodes of X, row 0 is not valid: labels\.x{193}…: Invalid input/),
    );
  });
});

test('a checksum is SHA-256 in hexadecimal', () => {
  assert.equal(sha256(Buffer.from('')), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});
