import type { Context } from './command.ts';

/** The text of a flag of the command alone; null where it was not given. */
export function textOption(options: Context['options'], name: string): string | null {
  const value = options[name];
  return typeof value === 'string' ? value : null;
}
