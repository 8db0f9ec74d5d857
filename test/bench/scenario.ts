/** What every scenario is, and how its figures are put together. */

/** What was measured, by name and unit: wallSeconds, peakRssMiB. */
export type Figures = Readonly<Record<string, number>>;

export interface Contender {
  readonly name: string;
  readonly run: () => Promise<Figures>;
}

/** A budget of the design: a ratio of two figures, or a figure alone, that must not be above its limit. */
export interface Budget {
  readonly what: string;
  readonly value: number;
  readonly limit: number;
  readonly met: boolean;
}

export interface Report {
  readonly scenario: string;
  readonly setting: string;
  readonly rounds: number;
  /** By contender: medians. */
  readonly medians: Readonly<Record<string, Figures>>;
  readonly budgets: readonly Budget[];
}

export interface BenchOptions {
  readonly nodes: number;
  readonly pods: number;
  readonly rounds: number;
  /** Measure what takes many minutes too. */
  readonly sweep: boolean;
  readonly log: (line: string) => void;
}

export interface Scenario {
  readonly name: string;
  readonly summary: string;
  readonly run: (options: BenchOptions) => Promise<Report>;
}

export function budget(what: string, value: number, limit: number): Budget {
  return { what, value, limit, met: value <= limit };
}

/** Rounds in turn (A B C A B C), so that a busy minute of the machine meets all alike; the median of each figure. */
export async function inTurn(
  contenders: readonly Contender[],
  { rounds, log }: BenchOptions,
): Promise<Record<string, Figures>> {
  const figures = new Map(contenders.map(({ name }) => [name, [] as Figures[]]));
  for (let round = 1; round <= rounds; round++) {
    for (const { name, run } of contenders) {
      const measured = await run();
      figures.get(name)?.push(measured);
      const shown = Object.entries(measured).map(([what, value]) => `${what} ${value.toFixed(2)}`);
      log(`round ${round} of ${rounds}, ${name}: ${shown.join(', ')}`);
    }
  }
  return Object.fromEntries([...figures].map(([name, all]) => [name, mediansOf(all)]));
}

function mediansOf(rounds: readonly Figures[]): Figures {
  const names = Object.keys(rounds[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, median(rounds.map((round) => round[name] ?? 0))]));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
