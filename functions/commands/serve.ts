import { isIP } from 'node:net';
import type { Command } from '../command.ts';
import { readStoredRows } from '../history.ts';
import { clusterFilter } from '../options.ts';
import { createDocuments } from '../serve/documents.ts';
import { respond } from '../serve/router.ts';
import { createSource } from '../serve/source.ts';
import { readingSettings } from '../settings.ts';
import { readTrend } from '../trend.ts';
import { readViewer } from '../viewer.ts';
import { openStore } from '../wire.ts';

/** New snapshots are looked for at most so often: they come every few minutes. */
const freshMs = 5000;
/** An answer waits no longer for the store. */
const patienceMs = 2000;
/** Pages that were made; a megabyte each, of a large cluster. */
const maxDocuments = 8;
/** Nobody watches how far a read has come. */
const silent = { report: () => undefined };

export const serveCommand: Command = {
  name: 'serve',
  summary:
    'answer over HTTP: the report of every snapshot, /metrics of the newest ones, health, and all as JSON',
  settings: [...readingSettings, 'resources', 'listen', 'allowHost', 'staleAfter'],
  examples: [
    ['kube-binpack serve', 'the snapshots in ./snapshots, on http://127.0.0.1:9101/'],
    ['kube-binpack serve --store s3://my-bucket/binpack --stale-after 10m', 'over a bucket'],
    [
      'kube-binpack serve --listen 0.0.0.0:9101 --allow-host binpack.monitoring.svc',
      'for Prometheus inside a cluster, under the name of its service',
    ],
  ],
  endless: true,
  async run(context) {
    const { config, log, signal } = context;
    const { listen, allowHost, resources, staleAfter, requestTimeout } = config;
    const store = await openStore(context);
    const now = (): Date => new Date();
    const source = createSource({
      store,
      cluster: clusterFilter(config),
      resources,
      readRows: async (summary, kind, limit) =>
        readStoredRows({ ...context, signal: limit }, store, summary, kind),
      readTrend: async (summary, lengthMs, limit) =>
        readTrend({ ...context, progress: silent, signal: limit }, summary, lengthMs),
      freshMs,
      patienceMs,
      timeoutMs: requestTimeout,
      now,
      signal,
      failed: (problem) => log.warn(problem),
    });
    if (!isLoopback(listen.host))
      log.warn(
        `${listen.host} is not this machine alone: whoever reaches it reads every snapshot, without a login`,
      );
    const allowedHosts = isIP(listen.host) === 0 ? [listen.host.toLowerCase(), ...allowHost] : allowHost;
    const documents = createDocuments(maxDocuments);
    const viewer = await readViewer();
    const site = { source, staleAfterMs: staleAfter, now, viewer, resources, documents };
    // node:http, which no other command needs
    const { serve } = await import('../serve/server.ts');
    // the first who asks need not wait
    void source.latest();
    await serve(
      {
        listen,
        log,
        respond: async (request) => respond(request, site, allowedHosts),
        listening: (url) => log.info(`${store.location} is served on ${url}`),
      },
      signal,
    );
    log.info('stopped');
  },
};

function isLoopback(host: string): boolean {
  return (
    host.toLowerCase() === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
  );
}
