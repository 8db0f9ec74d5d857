#!/usr/bin/env node
/** kube-binpack: the command line, which is also what the CronJob runs. */
// oxlint-disable-next-line import/no-unassigned-import -- it acts as it is loaded, before all else
import './heap.ts';
import process from 'node:process';
import { isatty } from 'node:tty';
import { Command as Commander, CommanderError, Option } from 'commander';
import {
  resolveConfig,
  unknownVariables,
  settingKeys,
  settings,
  type ConfigSources,
  type Setting,
  type SettingKey,
} from '../lib/config.ts';
import { ClusterError } from '../lib/errors.ts';
import { createLog, type Log } from '../lib/log.ts';
import { onDemand } from './adapters.ts';
import type { Command } from './command.ts';
import { commands, commonSettings } from './commands.ts';
import { readConfigFile } from './config-file.ts';
import { endProcess, exitCodeOf, InterruptedError } from './exit.ts';
import { createProgress } from './progress.ts';
import { UnpublishedError } from './tick.ts';
import { toolVersion } from './version.ts';

type Flags = Record<string, string | string[] | boolean | undefined>;

const exitCodes =
  'Exit codes: 0 done, 1 unexpected, 2 usage or configuration, 3 cluster unreachable or refused, 4 store failed, 5 stored but gauges not published.';

function createProgram(
  onCommand: (command: Command, given: readonly string[], flags: Flags) => Promise<void>,
): Commander {
  const program = new Commander('kube-binpack')
    .description('How well pods fill the nodes of a Kubernetes cluster, counted as kube-scheduler counts.')
    .version(toolVersion, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText(
      'after',
      `\nEvery flag has an environment variable and a config key: see README, Configuration.\n${exitCodes}`,
    )
    .exitOverride();
  for (const command of commands) {
    const child = program
      .command(command.name)
      .description(command.summary)
      .helpOption('-h, --help', 'print this help')
      .addHelpText('after', examplesOf(command))
      .exitOverride();
    for (const [name, help] of command.arguments ?? []) child.argument(name, help);
    for (const key of command.settings) child.addOption(optionOf(settings[key]));
    for (const [flags, help] of command.options ?? []) child.option(flags, help);
    for (const key of commonSettings) child.addOption(optionOf(settings[key]));
    child.option('--config <file>', 'YAML or JSON file of settings');
    child.action(async (...parameters: unknown[]) => {
      const given = parameters
        .slice(0, command.arguments?.length ?? 0)
        .filter((each) => typeof each === 'string');
      await onCommand(command, given, child.opts<Flags>());
    });
  }
  return program;
}

function optionOf(setting: Setting): Option {
  const shown = setting.default === '' ? '' : ` (${setting.default})`;
  const flags = `--${setting.flag} ${setting.argument}`;
  const option = new Option(flags, `${setting.help}${shown}`);
  if (setting.repeatable === true) {
    option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
  }
  return option;
}

function examplesOf({ examples }: Command): string {
  const lines = examples.map(([line, help]) => `  $ ${line}\n      ${help}`);
  return `\nExamples:\n${lines.join('\n')}`;
}

async function main(): Promise<number> {
  const { argv, env, stdout, stderr } = process;
  const write = (text: string): void => void stderr.write(text);
  let log: Log = createLog({ level: 'info', format: stderr.isTTY ? 'text' : 'json', write });
  let debug = false;
  const program = createProgram(async (command, given, flags) => {
    const config = resolveConfig(await readSources(flags, env));
    debug = config.logLevel === 'debug';
    const terminal = { isTTY: stderr.isTTY, write, now: () => performance.now() };
    const progress = createProgress(terminal, () => log, config.logLevel === 'silent');
    log = createLog({
      level: config.logLevel,
      format: config.logFormat === 'auto' ? (stderr.isTTY ? 'text' : 'json') : config.logFormat,
      write(line) {
        progress.clear();
        write(line);
      },
    });
    for (const name of unknownVariables(env))
      log.warn(`${name} is not the name of a setting, and has no effect`);
    const color = stdout.isTTY && (env['NO_COLOR'] ?? '') === '';
    await withDeadline(command.endless === true ? null : config.timeout, async (signal) => {
      await command.run({
        config,
        arguments: given,
        options: onlyTexts(flags),
        env,
        adapters: onDemand,
        log,
        progress,
        signal,
        write(text) {
          progress.clear();
          stdout.write(text);
        },
        table: { width: stdout.isTTY ? stdout.columns : null, color },
        terminal: isatty(0) && stdout.isTTY && env['TERM'] !== 'dumb' ? process : null,
      });
    });
  });
  try {
    await program.parseAsync(argv);
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const stack = debug && error instanceof Error ? { stack: error.stack, cause: causesOf(error) } : {};
    const exit = exitCodeOf(error);
    const result = error instanceof UnpublishedError ? { ...error.result, exit } : { exit };
    log.error(error instanceof Error ? error.message : String(error), { result, ...stack });
    return exit;
  }
}

async function readSources(flags: Flags, env: NodeJS.ProcessEnv): Promise<ConfigSources> {
  const byFlag = new Map(settingKeys.map((key) => [optionOf(settings[key]).attributeName(), key]));
  const given: Partial<Record<SettingKey, string | readonly string[]>> = {};
  for (const [flag, value] of Object.entries(flags)) {
    const key = byFlag.get(flag);
    if (key !== undefined && typeof value !== 'boolean' && value !== undefined) given[key] = value;
  }
  const file = typeof flags['config'] === 'string' ? flags['config'] : env['KUBE_BINPACK_CONFIG'];
  return { flags: given, env, file: file === undefined || file === '' ? null : await readConfigFile(file) };
}

/** For whatever is under way to say itself what was stopped. */
const graceMs = 500;
/** For what has no deadline: answers that are under way may end. */
const endlessGraceMs = 4000;

/** Aborts at the deadline (null: there is none), and when the process is told to stop. */
async function withDeadline(
  timeoutMs: number | null,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const controller = new AbortController();
  const timer =
    timeoutMs === null
      ? undefined
      : setTimeout(() => {
          controller.abort(
            new ClusterError(`the run was not done after ${timeoutMs / 1000} s: allow more with --timeout`),
          );
        }, timeoutMs);
  const stop = (name: NodeJS.Signals): void => controller.abort(new InterruptedError(name));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    // what hangs where no signal is heard (a file on a dead mount) must not outlive the deadline
    const aborted = new Promise<never>((_resolve, reject) => {
      const give = (): void =>
        void setTimeout(
          () => reject(controller.signal.reason as Error),
          timeoutMs === null ? endlessGraceMs : graceMs,
        ).unref();
      controller.signal.addEventListener('abort', give, { once: true });
    });
    await Promise.race([work(controller.signal), aborted]);
  } finally {
    clearTimeout(timer);
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

function causesOf(error: Error): string[] {
  return error.cause instanceof Error
    ? [error.cause.stack ?? error.cause.message, ...causesOf(error.cause)]
    : [];
}

function onlyTexts(flags: Flags): Record<string, string | boolean | undefined> {
  return Object.fromEntries(
    Object.entries(flags).filter((entry): entry is [string, string | boolean] => !Array.isArray(entry[1])),
  );
}

// `kube-binpack show | head` is no failure
process.stderr.on('error', () => undefined);
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`error: could not write the result: ${error.message}\n`);
  process.exit(1);
});
// not process.exit before stdout is drained; an aborted exec plugin could keep the process alive without it
const code = await main();
await new Promise((resolve) => process.stdout.write('', resolve));
endProcess(code);
