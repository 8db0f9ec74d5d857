/** Prometheus' text in a file, as the node exporter's textfile collector reads it: whole, or the one before. */
import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { PublishError } from '../errors.ts';
import type { Log } from '../log.ts';
import { prometheusText } from './prometheus.ts';
import type { Publisher } from './publisher.ts';

export function createPrometheusFile(file: string, resources: readonly string[], log: Log): Publisher {
  return {
    async publish(publication, signal) {
      // the collector reads *.prom only, so not this one
      const draft = path.join(
        path.dirname(file),
        `.${path.basename(file)}.${randomBytes(6).toString('hex')}.tmp`,
      );
      try {
        const handle = await open(draft, 'wx', 0o644);
        try {
          await handle.writeFile(prometheusText([publication], resources), { signal });
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(draft, file);
        log.info(`wrote the gauges to ${file}`);
      } catch (error) {
        await rm(draft, { force: true }).catch(() => undefined); // at worst a hidden file stays; the error is what matters
        signal.throwIfAborted();
        const reason = error instanceof Error ? error.message : String(error);
        throw new PublishError(
          `could not write the gauges to ${file}: ${reason}; choose another file with --prometheus`,
          {
            cause: error,
          },
        );
      }
    },
  };
}
