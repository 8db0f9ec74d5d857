/** What a command is; functions/cli.ts makes a command line of the table of them. */
import type { AwsAdapters } from './adapters.ts';
import type { Terminal } from './screen.ts';
import type { Config, SettingKey } from '../lib/config.ts';
import type { Log } from '../lib/log.ts';
import type { ReaderOptions } from '../lib/cluster/reader.ts';

export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Of the settings' table, those that have an effect here; the common ones need not be named. */
  readonly settings: readonly SettingKey[];
  /** Each: `[id]` or `<id>`, with its help. */
  readonly arguments?: readonly (readonly [name: string, help: string])[];
  /** Flags of this command alone, which only choose what is shown. */
  readonly options?: readonly (readonly [flags: string, help: string])[];
  /** Each: the line, and what it does. */
  readonly examples: readonly (readonly [line: string, help: string])[];
  /** It has no deadline: to be told to stop is its good end. */
  readonly endless?: true;
  run(context: Context): Promise<void>;
}

/** The world, as far as a command may see it. */
export interface Context {
  readonly config: Config;
  /** As far as they were given. */
  readonly arguments: readonly string[];
  /** Of Command.options; a switch is true. */
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly adapters: AwsAdapters;
  readonly log: Log;
  readonly progress: ReaderOptions['progress'];
  readonly signal: AbortSignal;
  /** Writes to stdout. */
  readonly write: (text: string) => void;
  readonly table: { readonly width: number | null; readonly color: boolean };
  /** null: nobody sits there, or what shows it cannot move its cursor. */
  readonly terminal: Terminal | null;
}
