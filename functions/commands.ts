import type { SettingKey } from '../lib/config.ts';
import type { Command } from './command.ts';
import { checkCommand } from './commands/check.ts';
import { compactCommand } from './commands/compact.ts';
import { costCommand } from './commands/cost.ts';
import { diffCommand } from './commands/diff.ts';
import { fleetCommand } from './commands/fleet.ts';
import { fitCommand } from './commands/fit.ts';
import { historyCommand } from './commands/history.ts';
import { listCommand } from './commands/list.ts';
import { queryCommand } from './commands/query.ts';
import { repackCommand } from './commands/repack.ts';
import { reportCommand } from './commands/report.ts';
import { serveCommand } from './commands/serve.ts';
import { showCommand } from './commands/show.ts';
import { snapshotCommand } from './commands/snapshot.ts';
import { watchCommand } from './commands/watch.ts';

export const commands: readonly Command[] = [
  snapshotCommand,
  listCommand,
  showCommand,
  watchCommand,
  historyCommand,
  diffCommand,
  queryCommand,
  fleetCommand,
  repackCommand,
  fitCommand,
  reportCommand,
  serveCommand,
  compactCommand,
  costCommand,
  checkCommand,
];

/** Settings that every command takes. */
export const commonSettings: readonly SettingKey[] = ['logLevel', 'logFormat'];
