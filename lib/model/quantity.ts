/**
 * Kubernetes quantities, exact. Rules and quirks: k8s.io/apimachinery/pkg/api/resource, up to 1.37.
 */

/**
 * An exact amount, in one of two forms, never both for the same value:
 * a `number` of whole milli-units where it is a safe integer (all that an API server serves: it rounds
 * every quantity up to a whole milli), else a `bigint` of nano-units, the finest that Kubernetes keeps.
 */
export type Amount = number | bigint;

/** How the text was written, and so how its canonical form is. */
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

export interface Quantity {
  readonly amount: Amount;
  readonly format: QuantityFormat;
}

/** Why a text is not a quantity. `range` is ours: a magnitude that nobody can mean. */
export class QuantityError extends Error {
  readonly reason: 'format' | 'suffix' | 'numeric' | 'range';

  constructor(text: string, reason: QuantityError['reason']) {
    super(`"${text.slice(0, 80)}" is not a quantity (${reason})`);
    this.reason = reason;
  }
}

const nanosPerMilli = 1_000_000n;
const nanosPerUnit = 1_000_000_000n;
const maxBinary = (2n ** 63n - 1n) * nanosPerUnit;
const maxExponent = 1000;
/** Servers write a few characters; millions of digits would keep us for seconds. */
const maxLength = 1000;

const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'] as const;
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;
const decimalExponents = new Map<string, number>(decimalSuffixes.map((s, i) => [s, 3 * i - 9]));
const binaryExponents = new Map<string, number>(binarySuffixes.map((s, i) => [s, 10 * i]));

const shape = /^([+-]?)(\d*)(?:\.(\d*))?([eEinumkKGMTP]*[+-]?\d*)$/;
const wholeMilli = /^(\d{1,12})(m?)$/;

/** Parses as ParseQuantity does: blanks are not trimmed. Throws QuantityError. */
export function parseQuantity(text: string): Quantity {
  const plain = wholeMilli.exec(text);
  if (plain !== null)
    return { amount: Number(plain[1]) * (plain[2] === 'm' ? 1 : 1000), format: 'DecimalSI' };

  if (text.length > maxLength) throw new QuantityError(text, 'range');
  const match = text === '' ? null : shape.exec(text);
  if (match === null) throw new QuantityError(text, 'format');
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  // upstream's quirk: without digits these two, and tiny exponents, miss its fast path and then fail to convert
  if (whole === '' && fraction === '' && (suffix === 'Pi' || suffix === 'Ei')) {
    throw new QuantityError(text, 'numeric');
  }
  const scale = parseSuffix(text, suffix);
  if (whole === '' && fraction === '' && scale.exponent10 < -9) throw new QuantityError(text, 'numeric');
  const digits = BigInt(whole + fraction);
  const exponent10 = scale.exponent10 + 9 - fraction.length;
  const magnitude = scaleUp(text, digits << BigInt(scale.exponent2), exponent10);
  if (scale.format !== 'BinarySI')
    return { amount: fromNanos(sign === '-' ? -magnitude : magnitude), format: scale.format };
  const capped = magnitude > maxBinary ? maxBinary : magnitude;
  const nanos = sign === '-' ? -capped : capped;
  // a fraction below one is kept in decimal, where it needs no rounding
  return {
    amount: fromNanos(nanos),
    format: capped > 0n && capped < nanosPerUnit ? 'DecimalSI' : 'BinarySI',
  };
}

function parseSuffix(
  text: string,
  suffix: string,
): { exponent2: number; exponent10: number; format: QuantityFormat } {
  const decimal = decimalExponents.get(suffix);
  if (decimal !== undefined) return { exponent2: 0, exponent10: decimal, format: 'DecimalSI' };
  const binary = binaryExponents.get(suffix);
  if (binary !== undefined) return { exponent2: binary, exponent10: 0, format: 'BinarySI' };
  if (!/^[eE][+-]?\d+$/.test(suffix)) throw new QuantityError(text, 'suffix');
  const exponent = BigInt(suffix.slice(1).replace(/^\+/, ''));
  if (BigInt.asIntN(64, exponent) !== exponent) throw new QuantityError(text, 'suffix');
  // narrowed to int32 without a check, up to Kubernetes 1.37
  return { exponent2: 0, exponent10: Number(BigInt.asIntN(32, exponent)), format: 'DecimalExponent' };
}

/** digits x 10^exponent10, rounded away from zero to a whole number. */
function scaleUp(text: string, digits: bigint, exponent10: number): bigint {
  if (digits === 0n) return 0n;
  if (exponent10 > maxExponent) throw new QuantityError(text, 'range');
  if (exponent10 >= 0) return digits * 10n ** BigInt(exponent10);
  const places = Math.min(-exponent10, digits.toString().length + 1);
  return ceilDivide(digits, 10n ** BigInt(places));
}

/** Division rounded away from zero, as Quantity.Value() rounds. */
function ceilDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  if (quotient * divisor === value) return quotient;
  return value < 0n ? quotient - 1n : quotient + 1n;
}

function fromNanos(nanos: bigint): Amount {
  const milli = nanos / nanosPerMilli;
  const narrow = Number(milli);
  return milli * nanosPerMilli === nanos && Number.isSafeInteger(narrow) ? narrow : nanos;
}

function toNanos(amount: Amount): bigint {
  return typeof amount === 'bigint' ? amount : BigInt(amount) * nanosPerMilli;
}

export function addAmounts(a: Amount, b: Amount): Amount {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return fromNanos(toNanos(a) + toNanos(b));
}

export function maxAmount(a: Amount, b: Amount): Amount {
  if (typeof a === 'number' && typeof b === 'number') return a >= b ? a : b;
  return toNanos(a) >= toNanos(b) ? a : b;
}

/** Rounded up, away from zero, to a whole milli: Quantity.MilliValue() without its overflow. */
export function ceilMilli(amount: Amount): bigint {
  return typeof amount === 'number' ? BigInt(amount) : ceilDivide(amount, nanosPerMilli);
}

/** Rounded up, away from zero, to a whole unit: Quantity.Value() without its overflow. */
export function ceilUnits(amount: Amount): bigint {
  if (typeof amount !== 'number') return ceilDivide(amount, nanosPerUnit);
  const units = Math.trunc(amount / 1000);
  return BigInt(units * 1000 === amount ? units : units + Math.sign(amount));
}

/**
 * The canonical text: no fraction, and the largest suffix of the family that loses nothing. A binary
 * value below 1024 or with a fraction is written in decimal.
 */
export function formatQuantity({ amount, format }: Quantity): string {
  const nanos = toNanos(amount);
  if (nanos === 0n) return '0';
  const units = nanos / nanosPerUnit;
  if (format === 'BinarySI' && units * nanosPerUnit === nanos && (units >= 1024n || units <= -1024n)) {
    const power = largestPower(units, 1024n, binarySuffixes.length - 1);
    return `${units / 1024n ** BigInt(power)}${binarySuffixes[power]}`;
  }
  const exponential = format === 'DecimalExponent';
  const power = largestPower(nanos, 1000n, exponential ? Infinity : decimalSuffixes.length - 1);
  const mantissa = nanos / 1000n ** BigInt(power);
  if (!exponential) return `${mantissa}${decimalSuffixes[power]}`;
  return power === 3 ? `${mantissa}` : `${mantissa}e${3 * power - 9}`;
}

function largestPower(value: bigint, base: bigint, limit: number): number {
  let power = 0;
  for (let rest = value; power < limit && rest % base === 0n; rest /= base) power += 1;
  return power;
}
