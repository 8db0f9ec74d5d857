/** Quantities against an oracle that is written from the grammar alone, character by character, over fractions. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  ceilMilli,
  ceilUnits,
  formatQuantity,
  parseQuantity,
  QuantityError,
} from '../../lib/model/quantity.ts';
import { within } from '../support/within.ts';
import { target } from './target.ts';

type Reason = QuantityError['reason'];

/** In nano-units, rounded away from zero; or why it is none. */
type Meaning = { readonly nanos: bigint } | { readonly reason: Reason };

const powers: Readonly<Record<string, readonly [base: bigint, exponent: number]>> = {
  ...Object.fromEntries(
    ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'].map((s, i) => [s, [10n, 3 * i - 9]]),
  ),
  ...Object.fromEntries(['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((s, i) => [s, [2n, 10 * (i + 1)]])),
};
const [minInt64, maxInt64] = [-(2n ** 63n), 2n ** 63n - 1n];
/** Beyond this no cluster's quantity goes; ours alone. */
const [longestText, largestExponent] = [1000, 1000];

function meaning(text: string): Meaning {
  let at = 0;
  const take = (of: string): string => {
    const start = at;
    while (at < text.length && of.includes(text.charAt(at))) at += 1;
    return text.slice(start, at);
  };
  const takeOne = (of: string): string =>
    of.includes(text.charAt(at)) && at < text.length ? text.charAt(at++) : '';
  if (text === '') return { reason: 'format' };
  if (text.length > longestText) return { reason: 'range' };
  const negative = takeOne('+-') === '-';
  const whole = take('0123456789');
  const fraction = takeOne('.') === '.' ? take('0123456789') : '';
  const start = at;
  const letters = take('eEinumkKGMTP');
  const sign = takeOne('+-');
  const exponentDigits = take('0123456789');
  if (at < text.length) return { reason: 'format' };
  const suffix = text.slice(start);
  const [base, exponent] = powers[suffix] ?? exponential(letters, sign, exponentDigits);
  if (base === 0n) return { reason: 'suffix' };
  // upstream's fast path takes a number that is missing for 0; these are not on it
  const missing = whole === '' && fraction === '';
  if (missing && (suffix === 'Pi' || suffix === 'Ei' || (base === 10n && exponent < -9)))
    return { reason: 'numeric' };
  const digits = BigInt(`0${whole}${fraction}`);
  if (digits === 0n) return { nanos: 0n };
  if (base === 10n && exponent + 9 - fraction.length > largestExponent) return { reason: 'range' };
  return { nanos: (negative ? -1n : 1n) * magnitudeOf(digits, fraction.length, base, exponent) };
}

/** A base of 0: none. */
function exponential(letters: string, sign: string, digits: string): readonly [bigint, number] {
  if ((letters !== 'e' && letters !== 'E') || digits === '') return [0n, 0];
  const exponent = BigInt(digits) * (sign === '-' ? -1n : 1n);
  if (exponent < minInt64 || exponent > maxInt64) return [0n, 0];
  // up to 1.37 the lower 32 bits of it count
  const low = ((exponent % 2n ** 32n) + 2n ** 32n) % 2n ** 32n;
  return [10n, Number(low >= 2n ** 31n ? low - 2n ** 32n : low)];
}

function magnitudeOf(digits: bigint, places: number, base: bigint, exponent: number): bigint {
  // less than one nano is one, however much less
  if (base === 10n && exponent < -3000) return 1n;
  const above = digits * 10n ** 9n * (exponent > 0 ? base ** BigInt(exponent) : 1n);
  const below = 10n ** BigInt(places) * (exponent < 0 ? base ** BigInt(-exponent) : 1n);
  const nanos = (above + below - 1n) / below;
  const cap = maxInt64 * 10n ** 9n;
  return base === 2n && nanos > cap ? cap : nanos;
}

const digits = (maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...Array.from('0123456789')), maxLength });
const likely = fc
  .tuple(
    fc.constantFrom('', '', '-', '+'),
    digits(25),
    fc.oneof(
      fc.constant(''),
      digits(20).map((text) => `.${text}`),
    ),
    fc.oneof(
      fc.constantFrom(...Object.keys(powers)),
      fc
        .tuple(fc.constantFrom('e', 'E', 'e-', 'e+', 'E-'), fc.oneof(digits(3), digits(22)))
        .map((parts) => parts.join('')),
      fc.constantFrom('K', 'ki', 'mi', 'KB', 'MiB', 'e', '1e+', 'eM', 'm3', 'iK', 'EE', 'Ee1'),
    ),
  )
  .map((parts) => parts.join(''));
const unlikely = fc.string({
  unit: fc.constantFrom(...Array.from('0123456789+-.eEinumkKGMTP ,x\n٣')),
  maxLength: 40,
});
const long = fc
  .tuple(
    fc.constantFrom('9', '0', '.', '1e', 'K', '-'),
    fc.integer({ min: 900, max: 3_000_000 }),
    fc.constantFrom('', 'Ki', '.5', 'e9'),
  )
  .map(([unit, count, end]) => unit.repeat(count) + end);

export const quantityTarget = target(
  {
    name: 'quantity',
    holds: 'any text has the value of the grammar, exactly, or its reason, in no time',
    runs: 2_000,
  },
  fc.oneof(
    { weight: 40, arbitrary: likely },
    { weight: 20, arbitrary: unlikely },
    { weight: 1, arbitrary: long },
  ),
  (text) => {
    const expected = meaning(text);
    const actual = within2(text);
    assert.deepEqual('nanos' in actual ? { nanos: actual.nanos } : actual, expected);
    if (!('nanos' in actual)) return;
    assert.equal(ceilMilli(actual.amount), ceilAway(actual.nanos, 10n ** 6n));
    assert.equal(ceilUnits(actual.amount), ceilAway(actual.nanos, 10n ** 9n));
    const canonical = meaning(actual.canonical);
    assert.deepEqual(canonical, expected, actual.canonical);
  },
);

type Read =
  | { readonly nanos: bigint; readonly amount: number | bigint; readonly canonical: string }
  | { readonly reason: Reason };

function within2(text: string): Read {
  const read: { value: Read } = { value: { reason: 'format' } };
  within(1_000, () => {
    try {
      const quantity = parseQuantity(text);
      const { amount } = quantity;
      const nanos = typeof amount === 'number' ? BigInt(amount) * 10n ** 6n : amount;
      read.value = { nanos, amount, canonical: formatQuantity(quantity) };
    } catch (error) {
      if (!(error instanceof QuantityError)) throw error;
      assert.ok(error.message.length < 200);
      read.value = { reason: error.reason };
    }
  });
  return read.value;
}

function ceilAway(nanos: bigint, unit: bigint): bigint {
  return nanos < 0n ? -((-nanos + unit - 1n) / unit) : (nanos + unit - 1n) / unit;
}
