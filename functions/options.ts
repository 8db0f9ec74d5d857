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
