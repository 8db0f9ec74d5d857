/** Numbers and names as people read them. */
import { formatQuantity } from '../model/quantity.ts';
import { isBytes } from '../model/resources.ts';

const binaryUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/** `value` in published units: cores, bytes, or a count. null is unknown. */
export function formatAmount(resource: string, value: number | null): string {
  if (value === null) return '-';
  return isBytes(resource) ? formatBytes(value) : formatNumber(value);
}

/** Without rounding, as a manifest would write it: 250m, 1536Mi. */
export function formatExact(resource: string, value: number | null): string {
  if (value === null) return '-';
  return formatQuantity({
    amount: Math.round(value * 1000),
    format: isBytes(resource) ? 'BinarySI' : 'DecimalSI',
  });
}

export function formatBytes(bytes: number): string {
  const power = Math.min(Math.floor(Math.log2(Math.max(Math.abs(bytes), 1)) / 10), binaryUnits.length - 1);
  const scaled = bytes / 1024 ** power;
  return `${formatNumber(scaled)} ${binaryUnits[power] ?? ''}`;
}

/** By the digits behind the point; making one takes a hundred times as long as using it. */
const numberFormats = [0, 1, 2, 3].map(
  (digits) => new Intl.NumberFormat('en-US', { maximumFractionDigits: digits }),
);

/** Three or more significant digits, thousands apart: 0.125, 12.3, 1,204. */
export function formatNumber(value: number): string {
  const magnitude = Math.abs(value);
  const digits =
    magnitude >= 100 || Number.isInteger(value) ? 0 : magnitude >= 10 ? 1 : magnitude >= 1 ? 2 : 3;
  return numberFormats[digits]?.format(value) ?? String(value);
}

export function formatPercent(ratio: number | null): string {
  return ratio === null ? '-' : `${(ratio * 100).toFixed(1)} %`;
}

const spans = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
] as const;

/** In the largest unit of which there is one: 12 days, 1 hour. */
export function formatAge(seconds: number): string {
  const [length, unit] = spans.find(([each]) => seconds >= each) ?? spans[3];
  const count = Math.floor(seconds / length);
  return formatCount(count, unit);
}

/** The beginning of a sentence. */
export function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

/** 1 pod, 2 pods. */
export function formatCount(count: number, noun: string): string {
  return `${formatNumber(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `cpu (12), taint (3)`, the most first. */
export function formatReasons(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .toSorted(([, a], [, b]) => b - a)
    .map(([reason, count]) => `${reason} (${formatNumber(count)})`)
    .join(', ');
}

/** A ratio as a bar of fixed width that reads without colour; an over-committed one ends in an arrow. */
export function bar(ratio: number | null, width = 12): string {
  if (ratio === null) return ' '.repeat(width);
  const filled = Math.min(width, Math.round(Math.max(0, ratio) * width));
  const cells = '█'.repeat(filled) + '░'.repeat(width - filled);
  return ratio > 1 ? `${cells.slice(0, -1)}▶` : cells;
}
