import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import {
  defaultRetryPolicy,
  isRetryableStatus,
  parseRetryAfter,
  retryDelayMs,
  type RetryPolicy,
} from '../../../lib/cluster/retry.ts';

const policy: RetryPolicy = { maxRetries: 6, baseMs: 250, capMs: 15_000 };

suite('when to try again', () => {
  test('without jitter, half of a backoff that doubles up to its cap', () => {
    const delays = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((attempt) => retryDelayMs(policy, attempt, null, 0));
    assert.deepEqual(delays, [125, 250, 500, 1_000, 2_000, 4_000, 7_500, 7_500, 7_500]);
  });

  test('jitter adds up to the other half', () => {
    assert.equal(retryDelayMs(policy, 0, null, 0.5), 188);
    assert.equal(retryDelayMs(policy, 6, null, 0.5), 11_250);
  });

  test('what the server asks for is the floor, also above the cap', () => {
    assert.equal(retryDelayMs(policy, 0, 1, 0), 1_000);
    assert.equal(retryDelayMs(policy, 0, 1, 0.5), 1_063);
    assert.equal(retryDelayMs(policy, 3, 60, 0), 60_000);
    assert.equal(retryDelayMs(policy, 0, 0, 0), 0);
  });

  const policies = fc.record({
    maxRetries: fc.nat(10),
    baseMs: fc.integer({ min: 1, max: 5_000 }),
    capMs: fc.integer({ min: 1, max: 60_000 }),
  });
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

  test('a delay is whole, at least its floor, and at most its floor and half of the backoff', () => {
    fc.assert(
      fc.property(
        policies,
        fc.nat(40),
        fc.option(fc.nat(600)),
        random,
        (one, attempt, retryAfter, jitter) => {
          const delay = retryDelayMs(one, attempt, retryAfter, jitter);
          const half = Math.min(one.baseMs * 2 ** attempt, one.capMs) / 2;
          const floor = retryAfter === null ? half : retryAfter * 1_000;
          assert.ok(Number.isSafeInteger(delay));
          assert.ok(delay >= Math.floor(floor) && delay <= Math.ceil(floor + half));
        },
      ),
    );
  });

  test('delays never shrink from one try to the next, for the same jitter', () => {
    fc.assert(
      fc.property(
        policies,
        fc.nat(40),
        fc.option(fc.nat(600)),
        random,
        (one, attempt, retryAfter, jitter) => {
          const delay = retryDelayMs(one, attempt, retryAfter, jitter);
          assert.ok(retryDelayMs(one, attempt + 1, retryAfter, jitter) >= delay);
        },
      ),
    );
  });

  test('all tries of one page together wait half a minute at most', () => {
    const { maxRetries } = defaultRetryPolicy;
    const longest = Array.from({ length: maxRetries }, (_, attempt) =>
      retryDelayMs(defaultRetryPolicy, attempt, null, 0.999),
    );
    assert.ok(longest.reduce((sum, delay) => sum + delay, 0) <= 30_000);
  });
});

suite('what the server says of trying again', () => {
  test('Retry-After is read in seconds', () => {
    assert.equal(parseRetryAfter('1'), 1);
    assert.equal(parseRetryAfter('0'), 0);
    assert.equal(parseRetryAfter('120'), 120);
  });

  for (const header of [
    undefined,
    '',
    '-1',
    '1.5',
    ' 1',
    'soon',
    '1e3',
    '9999999',
    'Wed, 21 Oct 2026 07:28:00 GMT',
  ]) {
    test(`a Retry-After of ${JSON.stringify(header) ?? 'nothing'} counts as absent`, () =>
      assert.equal(parseRetryAfter(header), null));
  }

  test('429 and the errors of a server may pass, but 501 and refusals do not', () => {
    const statuses = [
      200, 400, 401, 403, 404, 406, 408, 409, 410, 422, 429, 499, 500, 501, 502, 503, 504, 599,
    ];
    assert.deepEqual(statuses.filter(isRetryableStatus), [429, 500, 502, 503, 504, 599]);
  });
});
