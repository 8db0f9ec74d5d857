import { settings } from '../lib/config.ts';
import type { Summary } from '../lib/model/snapshot.ts';
import type { Context } from './command.ts';

/** Those by default need not be everywhere: few clusters have GPUs. */
const byDefault = settings.resources.default.split(',');

/** A name that no node knows is a typo more often than not. */
export function warnOfResources(
  resources: Summary['resources'],
  { config, log }: Pick<Context, 'config' | 'log'>,
): void {
  const known = Object.keys(resources);
  const unknown = config.resources.filter((name) => !known.includes(name) && !byDefault.includes(name));
  if (unknown.length > 0)
    log.warn(`no node has ${unknown.join(' or ')} (--resources): there are ${known.join(', ')}`);
}
