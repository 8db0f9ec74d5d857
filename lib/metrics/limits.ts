/** What CloudWatch takes (API reference of PutMetricData). It refuses a whole request for one metric that breaks them. */
import { PublishError } from '../errors.ts';
import type { Summary } from '../model/snapshot.ts';
import type { Series } from './series.ts';

export const maxMetricsPerRequest = 1000;
/** A request may have 1 MB; less what stands around the metrics. */
export const maxBytesPerRequest = 1_000_000 - 1024;
export const maxValuesPerMetric = 150;
const maxDimensionValueLength = 1024;
/** Its bound is 2^360; a ratio becomes a percentage on the way. */
const maxMagnitude = 2 ** 360 / 100;
const [maxAgeMs, maxAheadMs] = [14 * 86_400_000, 2 * 3_600_000];

/** Why CloudWatch would refuse it; null where it would not. */
export function refusalOf({ value, dimensions }: Series): string | null {
  const values = typeof value === 'number' ? [value] : value.map(([each]) => each);
  if (!values.every((each) => Number.isFinite(each) && Math.abs(each) <= maxMagnitude))
    return `its value is ${values.find((each) => !Number.isFinite(each)) ?? 'too large'}`;
  for (const [name, text] of dimensions) {
    if (text.length > maxDimensionValueLength)
      return `${name} is longer than ${maxDimensionValueLength} characters`;
    if (text.trim() === '') return `${name} is empty`;
    if (!/^[\x20-\x7e]*$/.test(text)) return `${name} is not plain ASCII`;
  }
  return null;
}

/** Throws for a snapshot whose instant CloudWatch takes no data of. */
export function requireTimely({ snapshotId, scheduledAt }: Summary, now: Date): void {
  const ageMs = now.getTime() - Date.parse(scheduledAt);
  const why =
    ageMs >= maxAgeMs
      ? 'it is more than two weeks old'
      : -ageMs >= maxAheadMs
        ? 'it lies more than two hours ahead'
        : null;
  if (why === null) return;
  throw new PublishError(
    `the gauges of snapshot ${snapshotId} were not published, since CloudWatch takes no data of that instant: ${why}`,
  );
}
