import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { PendingBytes } from '../../../../lib/cluster/decode/body.ts';

function waiting(pending: PendingBytes): string {
  return pending.bytes.toString('latin1', pending.start, pending.end);
}

suite('bytes that wait to be decoded', () => {
  test('chunks line up one behind the other', () => {
    const pending = new PendingBytes(8);
    pending.append(Buffer.from('abc'));
    pending.append(Buffer.from('de'));
    assert.equal(waiting(pending), 'abcde');
    assert.equal(pending.base, 0);
  });

  test('what is left moves to the front when the end is reached, in the same buffer', () => {
    const pending = new PendingBytes(8);
    const { bytes } = pending;
    pending.append(Buffer.from('abcdefgh'));
    pending.start = 6;
    pending.append(Buffer.from('ijk'));
    assert.equal(waiting(pending), 'ghijk');
    assert.equal(pending.bytes, bytes);
    assert.equal(pending.base + pending.start, 6);
  });

  test('the buffer grows for an item that is larger than itself', () => {
    const pending = new PendingBytes(4);
    pending.append(Buffer.from('abcd'));
    pending.start = 1;
    pending.append(Buffer.alloc(10, 'x'));
    assert.equal(waiting(pending), `bcd${'x'.repeat(10)}`);
    assert.equal(pending.base + pending.start, 1);
  });

  test('however bytes come and go, what waits is the body from its offset on', () => {
    const moves = fc.array(fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.nat(60)), { maxLength: 30 });
    fc.assert(
      fc.property(moves, (steps) => {
        const pending = new PendingBytes(16);
        let body = Buffer.alloc(0);
        for (const [chunk, consumed] of steps) {
          pending.append(Buffer.from(chunk));
          body = Buffer.concat([body, chunk]);
          pending.start = Math.min(pending.start + consumed, pending.end);
          assert.equal(pending.base + pending.end, body.length);
          assert.equal(waiting(pending), body.toString('latin1', pending.base + pending.start));
        }
      }),
    );
  });
});
