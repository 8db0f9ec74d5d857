/** docs/metrics.md: the table of gauges as people read it. */
import { gaugeSets, type Gauge } from '../lib/metrics/gauges.ts';
import { familyName } from '../lib/metrics/prometheus.ts';

const units: Readonly<Record<Gauge<never>['unit'], string>> = {
  count: 'Count',
  milliseconds: 'Milliseconds',
  ratio: 'Percent',
  resource: 'Bytes, or Count (cores, pods, devices)',
};

export const metricsHeader = ['CloudWatch', 'unit', 'dimensions', 'Prometheus', 'meaning'] as const;

/** A row for each gauge and set of dimensions; a dash where it goes to Prometheus alone. */
export function metricsRows(): string[][] {
  return gaugeSets.flatMap(({ scope, dimensions, gauges }) =>
    gauges.map((gauge) => [
      gauge.paid === false ? '-' : `\`${gauge.name}\``,
      gauge.paid === false ? '-' : units[gauge.unit],
      dimensions.join(', '),
      `\`${familyName({ scope, gauge })}\``,
      gauge.help,
    ]),
  );
}
