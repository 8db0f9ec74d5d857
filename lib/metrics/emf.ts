/**
 * Gauges as lines of JSON in CloudWatch's embedded metric format: whatever collects the log makes metrics of them, so
 * that the job itself needs no permission and sends no request.
 */
import { scaleOf, unitOf, type CloudWatchUnit } from './batches.ts';
import { logsDollars, metricsDollars } from './cost.ts';
import { namespace } from './gauges.ts';
import { requireTimely } from './limits.ts';
import { planSeries, type PlanOptions } from './plan.ts';
import type { Publisher } from './publisher.ts';
import type { Series, Weighted } from './series.ts';
import type { Log } from '../log.ts';

/** Limits of the format: metrics in a directive, values in an array. */
const maxMetrics = 100;
const maxValues = 100;

export interface EmfOptions extends PlanOptions {
  readonly storageResolution: number;
  /** Between two snapshots, for the estimate of costs. */
  readonly intervalMs: number;
  readonly log: Log;
  readonly now: () => Date;
  /** Receives one whole line, newline included. */
  readonly write: (line: string) => void;
}

export function createEmf(options: EmfOptions): Publisher {
  return {
    async publish(publication, signal) {
      requireTimely(publication.summary, options.now());
      const { series, count, warnings } = planSeries(publication, options);
      for (const warning of warnings) options.log.warn(warning);
      let [lines, bytes] = [0, 0];
      for (const line of emfLines(
        series,
        Date.parse(publication.summary.scheduledAt),
        options.storageResolution,
      )) {
        signal.throwIfAborted();
        options.write(line);
        lines += 1;
        bytes += line.length;
      }
      const dollars = metricsDollars(count) + logsDollars(bytes, options.intervalMs);
      options.log.info(
        `wrote ${count} series as ${lines} lines of EMF, about $${dollars.toFixed(2)} a month`,
        { series: count, lines, bytes, dollarsPerMonth: Number(dollars.toFixed(2)) },
      );
    },
  };
}

/** One line for each set of dimensions, but where the limits want more. */
export function* emfLines(
  all: Iterable<Series>,
  timestampMs: number,
  storageResolution: number,
): Generator<string> {
  let line: EmfLine | null = null;
  for (const series of all) {
    const key = JSON.stringify(series.dimensions);
    for (const value of valuesOf(series.value)) {
      // a name stands once in a line: a long distribution takes several
      if (
        line !== null &&
        (line.key !== key || line.metrics.size === maxMetrics || line.metrics.has(series.gauge.name))
      ) {
        yield textOf(line, timestampMs, storageResolution);
        line = null;
      }
      line ??= { key, dimensions: series.dimensions, metrics: new Map() };
      line.metrics.set(series.gauge.name, {
        unit: unitOf(series),
        value: scaled(value, scaleOf(series.gauge)),
      });
    }
  }
  if (line !== null) yield textOf(line, timestampMs, storageResolution);
}

interface EmfLine {
  readonly key: string;
  readonly dimensions: Series['dimensions'];
  readonly metrics: Map<string, { readonly unit: CloudWatchUnit; readonly value: number | number[] }>;
}

function textOf({ dimensions, metrics }: EmfLine, timestampMs: number, storageResolution: number): string {
  const directive = {
    Namespace: namespace,
    Dimensions: [dimensions.map(([name]) => name)],
    Metrics: [...metrics].map(([Name, { unit }]) => ({
      Name,
      Unit: unit,
      ...(storageResolution !== 60 && { StorageResolution: storageResolution }),
    })),
  };
  const values = [...metrics].map(([name, { value }]) => [name, value] as const);
  return `${JSON.stringify({
    _aws: { Timestamp: timestampMs, CloudWatchMetrics: [directive] },
    ...Object.fromEntries(dimensions),
    ...Object.fromEntries(values),
  })}\n`;
}

/** A distribution as lists of values, each as often as it occurs: the format knows no counts. */
function* valuesOf(value: number | readonly Weighted[]): Generator<number | number[]> {
  if (typeof value === 'number') return yield value;
  let part: number[] = [];
  for (const [each, count] of value) {
    for (let i = 0; i < count; i++) {
      part.push(each);
      if (part.length < maxValues) continue;
      yield part;
      part = [];
    }
  }
  if (part.length > 0) yield part;
}

function scaled(value: number | number[], scale: number): number | number[] {
  return typeof value === 'number' ? value * scale : value.map((each) => each * scale);
}
