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
  /** Of every line. */
  readonly fields?: Fields;
}

/**
 * One object of JSON a line: level, timestamp (where Lambda looks for it), fields, message. No logging library: what they do beyond this is not needed
 * here, and the leanest took 61 kB of the Lambda bundle and 6 MiB of memory.
 */
export function createLog({ level: least, format, write, fields: common = {} }: LogOptions): Log {
  const at = (level: Exclude<LogLevel, 'silent'>): Log['info'] => {
    if (logLevels.indexOf(level) < logLevels.indexOf(least)) return () => undefined;
    return (message, fields = {}) => {
      const line = JSON.stringify(
        { level, timestamp: new Date().toISOString(), ...common, ...fields, message },
        exactly,
      );
      write(format === 'json' ? `${line}\n` : toText(line));
    };
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** JSON has no bigint: its digits, as text. */
function exactly(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

/** A line as a person reads it: `warning: message (key=value)`. Stack traces keep their lines; `result` is for machines. */
function toText(line: string): string {
  const {
    level,
    timestamp: _timestamp,
    message,
    stack,
    result: _result,
    ...fields
  } = JSON.parse(line) as Record<string, unknown>;
  const label = level === 'info' ? '' : `${level === 'warn' ? 'warning' : String(level)}: `;
  const pairs = Object.entries(fields).map(
    ([key, value]) => `${key}=${printable(typeof value === 'string' ? value : JSON.stringify(value))}`,
  );
  const extra = pairs.length > 0 ? ` (${pairs.join(', ')})` : '';
  const trace = typeof stack === 'string' ? stack.split('\n').map((each) => `\n${printable(each)}`) : [];
  return `${label}${printable(String(message))}${extra}${trace.join('')}\n`;
}
