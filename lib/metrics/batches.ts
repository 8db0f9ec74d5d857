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

function datumOf(series: Series, { timestamp, storageResolution }: DatumOptions): Datum {
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

export interface Batch {
  readonly data: Datum[];
  /** At most, as JSON and before it is compressed. */
  readonly bytes: number;
}

/** One request each. Lazily: no more than one is made before it is asked for. */
export function* batchesOf(all: Iterable<Series>, options: DatumOptions): Generator<Batch> {
  let data: Datum[] = [];
  let bytes = 0;
  let scope: Series['scope'] | null = null;
  for (const series of all) {
    const datum = datumOf(series, options);
    const size = maxBytesOf(datum);
    // nodes keep to themselves: 30,000 of their gauges are 30 requests, whatever else is sent
    const full = data.length === maxMetricsPerRequest || bytes + size > maxBytesPerRequest;
    if (data.length > 0 && (full || (series.scope === 'node' && scope !== 'node'))) {
      yield { data, bytes };
      data = [];
      bytes = 0;
    }
    data.push(datum);
    bytes += size;
    ({ scope } = series);
  }
  if (data.length > 0) yield { data, bytes };
}

/** Names, quotes and colons of a metric and of one dimension; and a number at its longest. */
const [metricBytes, dimensionBytes, numberBytes] = [110, 23, 25];

/** What it takes at most in the wire's JSON. Names and units are ours; values are ASCII, of which two are escaped. */
function maxBytesOf({ MetricName, Dimensions, Values }: Datum): number {
  let bytes = metricBytes + MetricName.length + numberBytes * (Values === undefined ? 1 : 2 * Values.length);
  for (const { Name, Value } of Dimensions)
    bytes += dimensionBytes + Name.length + (/["\\]/.test(Value) ? 2 : 1) * Value.length;
  return bytes;
}
