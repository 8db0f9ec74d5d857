/** Series as requests of PutMetricData: each as full as its limits allow. */
import { isBytes } from '../model/resources.ts';
import { maxBytesPerRequest, maxMetricsPerRequest } from './limits.ts';
import type { Gauge } from './gauges.ts';
import type { Series } from './series.ts';

export type CloudWatchUnit = 'Count' | 'Milliseconds' | 'Percent' | 'Bytes';

/** As the SDK takes it. */
export interface Datum {
  readonly MetricName: string;
  readonly Dimensions: { readonly Name: string; readonly Value: string }[];
  readonly Timestamp: Date;
  readonly Unit: CloudWatchUnit;
  readonly StorageResolution?: number;
  readonly Value?: number;
  readonly Values?: number[];
  readonly Counts?: number[];
}

export interface DatumOptions {
  readonly timestamp: Date;
  /** Seconds: 1 or 60. */
  readonly storageResolution: number;
}

export function datumOf(series: Series, { timestamp, storageResolution }: DatumOptions): Datum {
  const { gauge, dimensions, value } = series;
  const scale = scaleOf(gauge);
  return {
    MetricName: gauge.name,
    Dimensions: dimensions.map(([Name, Value]) => ({ Name, Value })),
    Timestamp: timestamp,
    Unit: unitOf(series),
    ...(storageResolution !== 60 && { StorageResolution: storageResolution }),
    ...(typeof value === 'number'
      ? { Value: value * scale }
      : { Values: value.map(([each]) => each * scale), Counts: value.map(([, count]) => count) }),
  };
}

/** Percent of a ratio. */
export function scaleOf({ unit }: Pick<Gauge<never>, 'unit'>): number {
  return unit === 'ratio' ? 100 : 1;
}

export function unitOf({ gauge, dimensions }: Series): CloudWatchUnit {
  switch (gauge.unit) {
    case 'count':
      return 'Count';
    case 'milliseconds':
      return 'Milliseconds';
    case 'ratio':
      return 'Percent';
    case 'resource':
      return isBytes(dimensions.find(([name]) => name === 'Resource')?.[1] ?? '') ? 'Bytes' : 'Count';
  }
}

/** One request each. Lazily: no more than one is made before it is asked for. */
export function* batchesOf(all: Iterable<Series>, options: DatumOptions): Generator<Datum[]> {
  let batch: Datum[] = [];
  let bytes = 0;
  let scope: Series['scope'] | null = null;
  for (const series of all) {
    const datum = datumOf(series, options);
    // the wire's form is never longer: instants are numbers there
    const size = JSON.stringify(datum).length + 1;
    // nodes keep to themselves: 30,000 of their gauges are 30 requests, whatever else is sent
    const full = batch.length === maxMetricsPerRequest || bytes + size > maxBytesPerRequest;
    if (batch.length > 0 && (full || (series.scope === 'node' && scope !== 'node'))) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(datum);
    bytes += size;
    ({ scope } = series);
  }
  if (batch.length > 0) yield batch;
}
