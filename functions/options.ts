import { ConfigError } from '../lib/errors.ts';
import { kinds, type Kind } from '../lib/report/terminal/state.ts';
import type { Context } from './command.ts';

/** The text of a flag of the command alone; null where it was not given. */
export function textOption(options: Context['options'], name: string): string | null {
  const value = options[name];
  return typeof value === 'string' ? value : null;
}

/** `--nodes`, `--workloads` or `--groups`; null where none was given. */
export function kindOption(options: Context['options']): Kind | null {
  const chosen = kinds.filter((kind) => options[kind] === true);
  if (chosen.length > 1)
    throw new ConfigError(`choose one of ${chosen.map((kind) => `--${kind}`).join(' and ')}`);
  return chosen[0] ?? null;
}

/** `--limit`; 0, as a page size of 0, means all, which is null here. */
export function limitOption(options: Context['options'], fallback: number | null): number | null {
  const text = textOption(options, 'limit');
  if (text === null) return fallback;
  if (!/^\d{1,9}$/.test(text)) throw new ConfigError(`--limit "${text}": must be a whole number, 0 for all`);
  return Number(text) || null;
}

/** `*`, or nothing, is every cluster: null. */
export function clusterFilter({ cluster }: Pick<Context['config'], 'cluster'>): string | null {
  return cluster === '' || cluster === '*' ? null : cluster;
}

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** 5m, 24h, 7d, 4w -> milliseconds; null for anything else. */
export function spanMs(text: string): number | null {
  const [, number, unit] = /^(\d{1,6})([mhdw])$/.exec(text) ?? [];
  return number === undefined || unit === undefined ? null : Number(number) * (unitMs[unit] ?? 0);
}

/** `24h ago`, `2 days ago`, or an instant with its zone; null for anything else. */
export function timeOf(text: string, now: Date): Date | null {
  const [, number = '', unit = ''] = /^(\d+) ?(m|min|h|d|w|(?:minute|hour|day|week)s?) ago$/.exec(text) ?? [];
  const ago = spanMs(`${number}${unit.slice(0, 1)}`);
  if (ago !== null) return new Date(now.getTime() - ago);
  return /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text)) ? new Date(text) : null;
}

/** `--since` in milliseconds; null where it was not given. */
export function sinceOption(options: Context['options']): number | null {
  const text = textOption(options, 'since');
  const lengthMs = text === null ? null : spanMs(text);
  if (text !== null && (lengthMs === null || lengthMs === 0))
    throw new ConfigError(`--since "${text}": must be a span such as 24h, 7d or 4w`);
  return lengthMs;
}

/** --since, or --from and --to; of `fallbackMs` until now where nothing is said. */
export function rangeOption(
  options: Context['options'],
  now: Date,
  fallback: string,
): { from: Date; to: Date } {
  const since = sinceOption(options);
  const from = instantOption(options, 'from', 'begin', now);
  if (since !== null && from !== null) throw new ConfigError('give --since or --from, not both');
  const length = since ?? spanMs(fallback) ?? 0;
  const to = instantOption(options, 'to', 'end', now) ?? new Date(now.getTime() + 1);
  const begin = from ?? new Date(to.getTime() - length);
  if (begin >= to) throw new ConfigError('--from must lie before --to');
  return { from: begin, to };
}

/** A day in UTC, which means its beginning or its end, or an instant with its zone. */
export function instantOption(
  options: Context['options'],
  name: string,
  ofDay: 'begin' | 'end',
  now = new Date(),
): Date | null {
  const text = textOption(options, name);
  if (text === null) return null;
  const instant = parseInstant(text, ofDay, now);
  if (instant === null)
    throw new ConfigError(
      `--${name} "${text}": must be a day, an instant such as 2026-11-21T07:45:00Z, or a time such as "7d ago"`,
    );
  return instant;
}

/** null for what is none. */
export function parseInstant(text: string, ofDay: 'begin' | 'end', now: Date): Date | null {
  const ago = text.endsWith(' ago') ? timeOf(text, now) : null;
  if (ago !== null) return ago;
  const instant = new Date(text);
  const [, day, time] = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d))?$/.exec(text) ?? [];
  if (day === undefined || !isDay(day) || Number.isNaN(instant.getTime())) return null;
  return time === undefined && ofDay === 'end' ? new Date(instant.getTime() + dayMs) : instant;
}

const dayMs = 86_400_000;

/** The 30th of February is none, though it is read as the 2nd of March. */
function isDay(day: string): boolean {
  const at = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(day);
}
