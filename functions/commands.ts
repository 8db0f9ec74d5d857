import type { SettingKey } from '../lib/config.ts';
import type { Command } from './command.ts';
import { checkCommand } from './commands/check.ts';
import { costCommand } from './commands/cost.ts';
import { listCommand } from './commands/list.ts';
import { showCommand } from './commands/show.ts';
import { snapshotCommand } from './commands/snapshot.ts';

export const commands: readonly Command[] = [
  snapshotCommand,
  listCommand,
  showCommand,
  costCommand,
  checkCommand,
];

/** Settings that every command takes. */
export const commonSettings: readonly SettingKey[] = ['logLevel', 'logFormat'];
