import { ConfigError } from '../lib/errors.ts';
import type { Context } from './command.ts';

/** The text of a flag of the command alone; null where it was not given. */
export function textOption(options: Context['options'], name: string): string | null {
  const value = options[name];
  return typeof value === 'string' ? value : null;
}

/** `--limit`; 0, as a page size of 0, means all, which is null here. */
export function limitOption(options: Context['options'], fallback: number | null): number | null {
  const text = textOption(options, 'limit');
  if (text === null) return fallback;
  if (!/^\d{1,9}$/.test(text)) throw new ConfigError(`--limit "${text}": must be a whole number, 0 for all`);
  return Number(text) || null;
}

/** A day in UTC, which means its beginning or its end, or an instant with its zone. */
export function instantOption(
  options: Context['options'],
  name: string,
  ofDay: 'begin' | 'end',
): Date | null {
  const text = textOption(options, name);
  if (text === null) return null;
  const instant = new Date(text);
  const [, day, time] = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d))?$/.exec(text) ?? [];
  if (day === undefined || !isDay(day) || Number.isNaN(instant.getTime()))
    throw new ConfigError(`--${name} "${text}": must be a day or an instant such as 2026-11-21T07:45:00Z`);
  return time === undefined && ofDay === 'end' ? new Date(instant.getTime() + dayMs) : instant;
}

const dayMs = 86_400_000;

/** The 30th of February is none, though it is read as the 2nd of March. */
function isDay(day: string): boolean {
  const at = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(day);
}
