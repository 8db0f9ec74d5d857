/**
 * PutMetricData in AWS JSON 1.0, with every limit of its reference enforced, and a request refused whole where one
 * metric breaks one of them. The limits are written out here once more, from the reference and not from the product.
 */
import { gunzipSync } from 'node:zlib';
import { createAwsError, type AwsAnswer, type AwsError, type Received } from './wire.ts';

export interface PublishedMetric {
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly timestampMs: number;
  readonly unit: string | null;
  readonly storageResolution: number;
  /** [value, how often]. */
  readonly values: readonly (readonly [number, number])[];
}

export interface CloudWatchDouble {
  /** What was accepted, in order. */
  readonly published: readonly PublishedMetric[];
  /** Metrics of each request that was accepted. */
  readonly requests: readonly number[];
  answer(received: Received, nowMs: number): AwsAnswer;
  /** What was accepted so far is as if it never was. */
  forget(): void;
}

interface WireMetric {
  readonly MetricName?: unknown;
  readonly Dimensions?: readonly { readonly Name?: unknown; readonly Value?: unknown }[];
  readonly Timestamp?: unknown;
  readonly Unit?: unknown;
  readonly StorageResolution?: unknown;
  readonly Value?: unknown;
  readonly Values?: readonly unknown[];
  readonly Counts?: readonly unknown[];
  readonly StatisticValues?: unknown;
}

const units = new Set(
  'Seconds Microseconds Milliseconds Bytes Kilobytes Megabytes Gigabytes Terabytes Bits Kilobits Megabits Gigabits Terabits Percent Count Bytes/Second Kilobytes/Second Megabytes/Second Gigabytes/Second Terabytes/Second Bits/Second Kilobits/Second Megabits/Second Gigabits/Second Terabits/Second Count/Second None'.split(
    ' ',
  ),
);

/** `refuse`: metrics that it does not take, for whatever reason. */
export function createCloudWatchDouble(
  refuse: (metric: PublishedMetric) => boolean = () => false,
): CloudWatchDouble {
  const published: PublishedMetric[] = [];
  const requests: number[] = [];
  return {
    published,
    requests,
    forget() {
      published.splice(0);
      requests.splice(0);
    },
    answer(received, nowMs) {
      const text = bodyText(received);
      if (Buffer.byteLength(text) > 1_000_000)
        throw refusal('RequestEntityTooLarge', `a request of ${text.length} bytes`, 413);
      const { Namespace, MetricData } = JSON.parse(text) as {
        readonly Namespace?: unknown;
        readonly MetricData?: readonly WireMetric[];
      };
      checkName('Namespace', Namespace, 255);
      if (String(Namespace).startsWith('AWS/')) throw invalid('the namespace must not begin with AWS/');
      if (String(Namespace).startsWith(':')) throw invalid('the namespace must not begin with a colon');
      if (!Array.isArray(MetricData) || MetricData.length === 0)
        throw refusal('MissingParameter', 'no metrics');
      if (MetricData.length > 1000) throw invalid(`${MetricData.length} metrics`);
      const accepted = (MetricData as readonly WireMetric[]).map((metric) => metricOf(metric, nowMs));
      const bad = accepted.find(refuse);
      if (bad !== undefined) throw invalid(`the metric ${bad.name} is not to its taste`);
      published.push(...accepted);
      requests.push(accepted.length);
      return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: '{}' };
    },
  };
}

/** Unzipped. */
export function bodyText({ headers, body }: Received): string {
  return (headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString('utf8');
}

function metricOf(metric: WireMetric, nowMs: number): PublishedMetric {
  checkName('MetricName', metric.MetricName, 255);
  const dimensions = metric.Dimensions ?? [];
  if (dimensions.length > 30) throw invalid(`${dimensions.length} dimensions`);
  const names = new Set<string>();
  for (const { Name, Value } of dimensions) {
    checkName('dimension name', Name, 255);
    checkName(`value of the dimension ${String(Name)}`, Value, 1024);
    if (String(Name).startsWith(':')) throw invalid('a dimension must not begin with a colon');
    if (names.has(String(Name))) throw invalid(`the dimension ${String(Name)} twice`);
    names.add(String(Name));
  }
  const timestampMs = metric.Timestamp === undefined ? nowMs : Number(metric.Timestamp) * 1000;
  if (!Number.isFinite(timestampMs)) throw invalid(`the timestamp ${String(metric.Timestamp)}`);
  if (nowMs - timestampMs > 14 * 86_400_000) throw invalid('a timestamp of more than two weeks ago');
  if (timestampMs - nowMs > 2 * 3_600_000) throw invalid('a timestamp of more than two hours ahead');
  const unit = metric.Unit ?? null;
  if (unit !== null && !(typeof unit === 'string' && units.has(unit)))
    throw invalid(`the unit ${JSON.stringify(unit)}`);
  const storageResolution = metric.StorageResolution ?? 60;
  if (storageResolution !== 1 && storageResolution !== 60)
    throw invalid(`the resolution ${JSON.stringify(storageResolution)}`);
  return {
    name: String(metric.MetricName),
    dimensions: Object.fromEntries(dimensions.map(({ Name, Value }) => [String(Name), String(Value)])),
    timestampMs,
    unit,
    storageResolution,
    values: valuesOf(metric),
  };
}

function valuesOf({ Value, Values, Counts, StatisticValues }: WireMetric): (readonly [number, number])[] {
  const forms = [Value, Values, StatisticValues].filter((form) => form !== undefined);
  if (forms.length !== 1)
    throw refusal('InvalidParameterCombination', 'a metric has one of Value, Values and StatisticValues');
  if (Values === undefined) return [[checkedValue(Value), 1]];
  if (Values.length === 0 || Values.length > 150) throw invalid(`${Values.length} values`);
  if (Counts !== undefined && Counts.length !== Values.length)
    throw invalid('Values and Counts differ in length');
  return Values.map((value, index) => {
    const count = Counts?.[index] ?? 1;
    if (typeof count !== 'number' || !(count > 0)) throw invalid(`the count ${JSON.stringify(count)}`);
    return [checkedValue(value), count] as const;
  });
}

function checkedValue(value: unknown): number {
  // NaN and infinities come as texts in JSON
  if (typeof value !== 'number' || !Number.isFinite(value)) throw invalid(`the value ${String(value)}`);
  if (Math.abs(value) > 2 ** 360) throw invalid(`the value ${value}`);
  return value;
}

function checkName(what: string, value: unknown, most: number): void {
  if (typeof value !== 'string' || value === '') throw refusal('MissingParameter', `${what} is missing`);
  if (value.length > most) throw invalid(`${what} is longer than ${most}`);
  if (value.trim() === '') throw invalid(`${what} is blank`);
  for (const character of value) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20 || code > 0x7e) throw invalid(`${what} is not printable ASCII`);
  }
}

function invalid(message: string): AwsError {
  return refusal('InvalidParameterValue', message);
}

function refusal(code: string, message: string, status = 400): AwsError {
  return createAwsError(status, code, message);
}

export function cloudWatchErrorAnswer({ status, code, message }: AwsError): AwsAnswer {
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: JSON.stringify({ __type: `com.amazonaws.cloudwatch.v2010_08_01#${code}`, message }),
  };
}
