/** How a cluster came to be as a snapshot shows it: the summaries before, as the report draws them. */
import { visitColumns } from '../lib/history/trends.ts';
import type { Summary } from '../lib/model/snapshot.ts';
import { createTrend, type Trend } from '../lib/report/html/trend.ts';
import type { Context } from './command.ts';
import { withHistory } from './history.ts';
import { aligned, stepMsFor } from './steps.ts';

/** A chart as wide as a page shows no more. */
const points = 600;

/** Up to the snapshot itself, of its cluster alone. */
export async function readTrend(
  context: Context,
  { cluster, scheduledAt }: Summary,
  lengthMs: number,
): Promise<Trend> {
  const until = Date.parse(scheduledAt);
  const range = { from: new Date(until - lengthMs), to: new Date(until + 1000) };
  const stepMs = stepMsFor(range, points);
  const trend = createTrend({ ...aligned(range, stepMs), stepMs, resources: context.config.resources });
  return withHistory(context, async (ports, leftOut) => {
    await visitColumns(ports, { ...range, cluster }, trend.add, context.signal);
    return trend.result(leftOut.count);
  });
}
