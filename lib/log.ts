import { pino } from 'pino';
import { printable } from './printable.ts';

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

type Fields = Readonly<Record<string, unknown>>;

/** The port: a sentence for people, fields for machines. Never pass a token or a certificate. */
export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: 'json' | 'text';
  /** Receives one whole line, newline included. */
  readonly write: (line: string) => void;
}

export function createLog({ level, format, write }: LogOptions): Log {
  const logger = pino(
    {
      level,
      base: null,
      formatters: { level: (label) => ({ level: label }) },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      messageKey: 'message',
    },
    { write: format === 'json' ? write : (line) => write(toText(line)) },
  );
  const at =
    (name: Exclude<LogLevel, 'silent'>) =>
    (message: string, fields: Fields = {}): void =>
      logger[name](fields, message);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** pino's JSON line as a person reads it: `warning: message (key=value)`. Stack traces keep their lines. */
function toText(line: string): string {
  const { level, time: _time, message, stack, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const label = level === 'info' ? '' : `${level === 'warn' ? 'warning' : String(level)}: `;
  const pairs = Object.entries(fields).map(
    ([key, value]) => `${key}=${printable(typeof value === 'string' ? value : JSON.stringify(value))}`,
  );
  const extra = pairs.length > 0 ? ` (${pairs.join(', ')})` : '';
  const trace = typeof stack === 'string' ? stack.split('\n').map((each) => `\n${printable(each)}`) : [];
  return `${label}${printable(String(message))}${extra}${trace.join('')}\n`;
}
