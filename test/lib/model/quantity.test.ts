import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import {
  addAmounts,
  ceilMilli,
  ceilUnits,
  formatQuantity,
  maxAmount,
  parseQuantity,
  QuantityError,
  type Amount,
} from '../../../lib/model/quantity.ts';

const nano = 10n ** 9n;
const maxInt64 = 2n ** 63n - 1n;

/** The parser's amount in nano-units, whichever its representation. */
function nanosOf(amount: Amount): bigint {
  return typeof amount === 'bigint' ? amount : BigInt(amount) * 1_000_000n;
}

function reasonOf(text: string): string {
  try {
    parseQuantity(text);
  } catch (error) {
    if (error instanceof QuantityError) return error.reason;
    throw error;
  }
  return 'none';
}

suite('the grammar of quantities', () => {
  const units: readonly (readonly [text: string, nanos: bigint])[] = [
    ['0', 0n],
    ['1', nano],
    ['+1', nano],
    ['-1', -nano],
    ['.5', nano / 2n],
    ['1.', nano],
    ['1.Mi', nano * 1_048_576n],
    ['007Mi', 7n * nano * 1_048_576n],
    ['1n', 1n],
    ['1u', 1_000n],
    ['1m', 1_000_000n],
    ['1500m', 1_500_000_000n],
    ['1k', nano * 1_000n],
    ['1M', nano * 10n ** 6n],
    ['1G', nano * 10n ** 9n],
    ['1T', nano * 10n ** 12n],
    ['1P', nano * 10n ** 15n],
    ['1E', nano * 10n ** 18n],
    ['1Ki', nano * 1_024n],
    ['1Gi', nano * 1_073_741_824n],
    ['1Ti', nano * 1_099_511_627_776n],
    ['1Pi', nano * 1_125_899_906_842_624n],
    ['1Ei', nano * 1_152_921_504_606_846_976n],
    ['1e3', nano * 1_000n],
    ['1E3', nano * 1_000n],
    ['2E0', nano * 2n],
    ['1e+3', nano * 1_000n],
    ['1e-3', 1_000_000n],
    ['1e0000000000000000000003', nano * 1_000n],
    ['123456789012m', 123_456_789_012n * 1_000_000n],
    ['9007199254740993', 9_007_199_254_740_993n * nano],
  ];
  for (const [text, nanos] of units) {
    test(`${text} is ${nanos} nano-units`, () => assert.equal(nanosOf(parseQuantity(text).amount), nanos));
  }

  for (const text of [
    '+',
    '-',
    '.',
    '+.',
    'm',
    'k',
    'Ki',
    'Mi',
    'Ti',
    'e3',
    'E0',
    '-Gi',
    '.e-9',
    'e2147483647',
  ]) {
    test(`${text} has no digits and is 0`, () => assert.equal(parseQuantity(text).amount, 0));
  }

  const errors: readonly (readonly [reason: string, texts: readonly string[]])[] = [
    ['format', ['', ' ', ' 1', '1 ', '1 Mi', '1e3k', '1.5.2', '1,5', '0x10', '1\n', 'abc', '١', '1Mi5x']],
    ['format', ['1KI', '1KB', '1kB', '1MiB', '1Kib']],
    ['suffix', ['1K', '1ki', '1mi', '1e', '1e+', '1eM', '1m3', '1Mi5', '1ee3', '--1', '+-1']],
    ['suffix', ['1e9223372036854775808', '1e99999999999999999999']],
    ['numeric', ['Pi', 'Ei', '+Pi', '-.Ei', 'e-10', '.e-64']],
    ['range', ['1e1001', '1e2000000000', '9'.repeat(1001)]],
  ];
  for (const [reason, texts] of errors) {
    for (const text of texts) {
      test(`${JSON.stringify(text)} is a ${reason} error`, () => assert.equal(reasonOf(text), reason));
    }
  }

  test('an exponent that fits 64 bits is narrowed to 32, as upstream does it up to 1.37', () => {
    assert.equal(parseQuantity('1e4294967297').amount, 10_000);
    assert.equal(parseQuantity('1e-4294967296').amount, 1_000);
  });

  test('an error shows the start of the text only', () => {
    assert.throws(() => parseQuantity(`${'7'.repeat(200)}x`), {
      message: `"${'7'.repeat(80)}" is not a quantity (format)`,
    });
  });

  test('a huge exponent of nothing is 0, and a tiny one of something is one nano', () => {
    assert.equal(parseQuantity('0e2147483647').amount, 0);
    assert.equal(parseQuantity('1e-2147483648').amount, 1n);
    assert.equal(parseQuantity('-1e-2147483648').amount, -1n);
  });
});

suite('rounding', () => {
  test('what is finer than a nano is rounded up, away from zero, when it is parsed', () => {
    assert.equal(parseQuantity('0.1n').amount, 1n);
    assert.equal(parseQuantity('1.1n').amount, 2n);
    assert.equal(parseQuantity('-1.1n').amount, -2n);
    assert.equal(parseQuantity('0.0000000001').amount, 1n);
  });

  test('binary suffixes are capped at the greatest int64, decimal ones are not', () => {
    assert.equal(ceilUnits(parseQuantity('8Ei').amount), maxInt64);
    assert.equal(ceilUnits(parseQuantity('16Ei').amount), maxInt64);
    assert.equal(ceilUnits(parseQuantity('-16Ei').amount), -maxInt64);
    assert.equal(ceilUnits(parseQuantity('1e30').amount), 10n ** 30n);
    assert.equal(ceilUnits(parseQuantity('100E').amount), 10n ** 20n);
  });

  const wholes: readonly (readonly [text: string, milli: bigint, whole: bigint])[] = [
    ['0', 0n, 0n],
    ['0.1m', 1n, 1n],
    ['1n', 1n, 1n],
    ['-1n', -1n, -1n],
    ['1500m', 1_500n, 2n],
    ['-1500m', -1_500n, -2n],
    ['1000m', 1_000n, 1n],
    ['1.5Gi', 1_610_612_736_000n, 1_610_612_736n],
    ['0.1Mi', 104_857_600n, 104_858n],
    ['1.0000000001', 1_001n, 2n],
    ['9007199254740993', 9_007_199_254_740_993_000n, 9_007_199_254_740_993n],
  ];
  for (const [text, milli, whole] of wholes) {
    test(`${text} is ${milli} milli and ${whole} whole`, () => {
      const { amount } = parseQuantity(text);
      assert.equal(ceilMilli(amount), milli);
      assert.equal(ceilUnits(amount), whole);
    });
  }
});

suite('canonical text', () => {
  const forms: readonly (readonly [text: string, canonical: string])[] = [
    ['0', '0'],
    ['0Mi', '0'],
    ['0e3', '0'],
    ['1.5', '1500m'],
    ['1000m', '1'],
    ['1000k', '1M'],
    ['1500k', '1500k'],
    ['12345000000', '12345M'],
    ['1024Ki', '1Mi'],
    ['1536Mi', '1536Mi'],
    ['1.5Gi', '1536Mi'],
    ['1.1Ki', '1126400m'],
    ['1023', '1023'],
    ['0.5Ki', '512'],
    ['-2Ki', '-2Ki'],
    ['-1Ki', '-1Ki'],
    ['8Ei', '9223372036854775807'],
    ['1E3', '1e3'],
    ['1e4', '10e3'],
    ['1500e-3', '1500e-3'],
    ['1e0', '1'],
    ['0.1n', '1n'],
    ['-0.5', '-500m'],
    ['1e-9', '1e-9'],
    ['2E', '2E'],
  ];
  for (const [text, canonical] of forms) {
    test(`${text} is written ${canonical}`, () =>
      assert.equal(formatQuantity(parseQuantity(text)), canonical));
  }

  test('a binary value of a magnitude between 0 and 1 is kept in decimal', () => {
    assert.equal(parseQuantity('0.0001Ki').format, 'DecimalSI');
    assert.equal(parseQuantity('-0.0001Ki').format, 'DecimalSI');
    assert.equal(parseQuantity('0.5Ki').format, 'BinarySI');
    assert.equal(parseQuantity('0Ki').format, 'BinarySI');
  });
});

// -- an oracle of its own: a quantity as a fraction of two big integers ------------------------------

const suffixes: Readonly<Record<string, readonly [multiplier: bigint, divisor: bigint]>> = {
  n: [1n, 10n ** 9n],
  u: [1n, 10n ** 6n],
  m: [1n, 1000n],
  '': [1n, 1n],
  k: [1000n, 1n],
  M: [10n ** 6n, 1n],
  G: [10n ** 9n, 1n],
  T: [10n ** 12n, 1n],
  P: [10n ** 15n, 1n],
  E: [10n ** 18n, 1n],
  Ki: [1n << 10n, 1n],
  Mi: [1n << 20n, 1n],
  Gi: [1n << 30n, 1n],
  Ti: [1n << 40n, 1n],
  Pi: [1n << 50n, 1n],
  Ei: [1n << 60n, 1n],
};

interface Written {
  readonly negative: boolean;
  readonly whole: string;
  readonly fraction: string;
  /** A suffix, or a power of ten. */
  readonly scale: string | number;
}

function textOf({ negative, whole, fraction, scale }: Written): string {
  const point = fraction === '' ? '' : `.${fraction}`;
  return `${negative ? '-' : ''}${whole}${point}${typeof scale === 'number' ? `e${scale}` : scale}`;
}

/** Rounded away from zero to nanos; the binary family is capped. */
function oracleNanos({ negative, whole, fraction, scale }: Written): bigint {
  const exponent = typeof scale === 'number' ? BigInt(scale) : 0n;
  const [multiplier, divisor] =
    typeof scale === 'string'
      ? suffixes[scale]!
      : [10n ** (exponent > 0n ? exponent : 0n), 10n ** (exponent < 0n ? -exponent : 0n)];
  const below = divisor * 10n ** BigInt(fraction.length);
  const above = BigInt(whole + fraction) * multiplier * nano;
  const magnitude = (above + below - 1n) / below;
  const cap = typeof scale === 'string' && scale.endsWith('i') && magnitude > maxInt64 * nano;
  return (negative ? -1n : 1n) * (cap ? maxInt64 * nano : magnitude);
}

function ceilAway(nanos: bigint, unit: bigint): bigint {
  const magnitude = nanos < 0n ? -nanos : nanos;
  const whole = (magnitude + unit - 1n) / unit;
  return nanos < 0n ? -whole : whole;
}

const digits = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...Array.from('0123456789')), minLength, maxLength });

const written: fc.Arbitrary<Written> = fc.record({
  negative: fc.boolean(),
  whole: digits(1, 25),
  fraction: fc.oneof(fc.constant(''), digits(1, 20)),
  scale: fc.oneof(fc.constantFrom(...Object.keys(suffixes)), fc.integer({ min: -30, max: 30 })),
});

const amounts: fc.Arbitrary<Amount> = written.map((one) => parseQuantity(textOf(one)).amount);
/** What API servers serve, near and beyond the safe integers as well. */
const milliAmounts: fc.Arbitrary<Amount> = fc
  .oneof(fc.nat(), fc.bigInt({ min: -(2n ** 54n), max: 2n ** 54n }))
  .map((milli) => parseQuantity(`${milli}m`).amount);
const anyAmount = fc.oneof(amounts, milliAmounts);

/** One value has one representation, so that equal amounts are identical. */
function assertNormal(amount: Amount): void {
  if (typeof amount === 'number') assert.ok(Number.isSafeInteger(amount) && !Object.is(amount, -0));
  else assert.ok(amount % 1_000_000n !== 0n || !Number.isSafeInteger(Number(amount / 1_000_000n)));
}

suite('algebra of amounts, against fractions of big integers', () => {
  test('every text has its exact value, rounded up to a nano', () => {
    fc.assert(
      fc.property(written, (one) => {
        const { amount } = parseQuantity(textOf(one));
        const nanos = oracleNanos(one);
        assert.equal(nanosOf(amount), nanos);
        assertNormal(amount);
        assert.equal(ceilMilli(amount), ceilAway(nanos, 1_000_000n));
        assert.equal(ceilUnits(amount), ceilAway(nanos, nano));
      }),
      { numRuns: 2_000 },
    );
  });

  test('the canonical text reads back as the same amount, and is its own canonical text', () => {
    fc.assert(
      fc.property(written, (one) => {
        const quantity = parseQuantity(textOf(one));
        const canonical = formatQuantity(quantity);
        const again = parseQuantity(canonical);
        assert.equal(again.amount, quantity.amount);
        assert.equal(formatQuantity(again), canonical);
        assert.doesNotMatch(canonical, /\./);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a sum is exact, and one value has one representation', () => {
    fc.assert(
      fc.property(anyAmount, anyAmount, (a, b) => {
        const sum = addAmounts(a, b);
        assert.equal(nanosOf(sum), nanosOf(a) + nanosOf(b));
        assertNormal(sum);
      }),
      { numRuns: 2_000 },
    );
  });

  test('adding is commutative and associative, and 0 changes nothing', () => {
    fc.assert(
      fc.property(anyAmount, anyAmount, anyAmount, (a, b, c) => {
        assert.equal(addAmounts(a, b), addAmounts(b, a));
        assert.equal(addAmounts(addAmounts(a, b), c), addAmounts(a, addAmounts(b, c)));
        assert.equal(addAmounts(a, 0), a);
      }),
    );
  });

  test('the greater of two is commutative, associative, one of them, and moves with what is added', () => {
    fc.assert(
      fc.property(anyAmount, anyAmount, anyAmount, (a, b, c) => {
        const greater = maxAmount(a, b);
        assert.equal(greater, nanosOf(a) > nanosOf(b) ? a : b);
        assert.equal(greater, maxAmount(b, a));
        assert.equal(maxAmount(greater, c), maxAmount(a, maxAmount(b, c)));
        assert.equal(addAmounts(greater, c), maxAmount(addAmounts(a, c), addAmounts(b, c)));
      }),
    );
  });

  test('rounding up keeps the order, and a rounded sum is at most the sum of the rounded', () => {
    fc.assert(
      fc.property(anyAmount, anyAmount, (a, b) => {
        for (const ceil of [ceilMilli, ceilUnits]) {
          assert.equal(ceil(maxAmount(a, b)), ceil(a) > ceil(b) ? ceil(a) : ceil(b));
          if (a >= 0 && b >= 0) assert.ok(ceil(addAmounts(a, b)) <= ceil(a) + ceil(b));
        }
      }),
    );
  });

  test('any text is a quantity or a QuantityError, in no time', () => {
    const unit = fc.constantFrom(...Array.from('0123456789+-.eEinumkKMGTP ,x'));
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 40 }), (text) => void reasonOf(text)),
      { numRuns: 3_000 },
    );
  });
});
