/** Faults of the machine, and signals at each phase of a run. */
import type { ProcessRow } from '../process-cell.ts';
import type { SeenRequest } from '../../support/apiserver/faults.ts';
import type { Outcome } from '../table.ts';

const outcome = (exit: number, requests: number, sees: string, says: string): Outcome => ({
  exit,
  says,
  requests,
  sees,
});
const whole = 'the whole snapshot';

const asked =
  (path: string, page: 1 | 2) =>
  (request: SeenRequest): boolean =>
    request.path === path && request.query.has('continue') === (page === 2);

type At = NonNullable<ProcessRow['signal']>['at'];

const phases: readonly (readonly [on: string, at: At, requests: number])[] = [
  ['asking for the version', asked('/version', 1), 1],
  ['listing nodes', asked('/api/v1/nodes', 2), 3],
  ['listing pods', asked('/api/v1/pods', 2), 6],
  ['making the first folder', 'mkdir,v1,before', 7],
  ['writing a detail', 'link,/nodes/,before', 7],
  ['about to link the summary', 'link,/summary/,before', 7],
  ['with the summary linked', 'link,/summary/,after', 7],
  ['about to write the summary to S3', 's3 before', 7],
  ['with the summary in S3, its answer not read', 's3 after', 7],
  ['publishing gauges', 'publishing', 7],
];
/** From the link of the summary on it is there; before it nothing is. */
const committed = new Set<string>([
  'with the summary linked',
  'with the summary in S3, its answer not read',
  'publishing gauges',
]);
const stoppedBySigterm = 'stopped by SIGTERM: a snapshot that was not committed yet will not be';

function terminated(on: string, requests: number): Outcome {
  if (on === 'publishing gauges')
    return outcome(
      143,
      requests,
      whole,
      `snapshot SLOT is stored, but not all of its gauges were published: ${stoppedBySigterm}`,
    );
  // too late to be stopped: it is done first
  return on.includes('S3')
    ? outcome(143, requests, committed.has(on) ? whole : 'none', stoppedBySigterm)
    : on.includes('summary')
      ? outcome(0, requests, whole, 'as without it')
      : outcome(143, requests, 'none', stoppedBySigterm);
}

const signalRows: readonly ProcessRow[] = phases.flatMap(([on, at, requests]): ProcessRow[] => {
  // where to sync takes no time, so that it is done within the moment that is left
  const fast = on.includes('link') ? { mount: 'size=1m' } : {};
  return [
    { fault: 'SIGTERM', on, signal: { name: 'SIGTERM', at }, ...fast, expected: terminated(on, requests) },
    {
      fault: 'SIGKILL',
      on,
      signal: { name: 'SIGKILL', at },
      expected: outcome(137, requests, committed.has(on) ? whole : 'none', 'nothing'),
    },
  ];
});

const full = (what: string): string =>
  `could not write v1/${what} below store: the disk is full: free some space; nothing was committed`;
const detail = 'DETAIL/cluster=prod/date=DAY/SLOT-RUN.ndjson.gz';
const summary = 'summary/cluster=prod/date=DAY/SLOT.json';
const failed = (says: string): Outcome => outcome(4, 7, 'none', says);

export const processRows: readonly ProcessRow[] = [
  { fault: 'none', on: '', expected: outcome(0, 7, whole, 'as without it') },
  ...signalRows.filter(({ fault }) => fault === 'SIGTERM'),
  ...signalRows.filter(({ fault }) => fault === 'SIGKILL'),
  // of a file system that has so many inodes, or blocks
  {
    fault: 'disk full',
    on: 'making the first folders',
    mount: 'size=1m,nr_inodes=3',
    expected: failed(full(detail)),
  },
  { fault: 'disk full', on: 'writing details', mount: 'size=1m,nr_inodes=9', expected: failed(full(detail)) },
  {
    fault: 'disk full',
    on: 'beginning the summary',
    mount: 'size=1m,nr_inodes=13',
    expected: failed(full(summary)),
  },
  {
    fault: 'disk full',
    on: 'in the middle of the summary',
    mount: 'size=12k',
    expected: failed(full(summary)),
  },
  {
    fault: 'read-only directory',
    on: 'making the first folders',
    mount: 'ro',
    expected: failed(
      `could not write v1/${detail} below store: the file system is read-only: choose another directory with --out`,
    ),
  },
  {
    fault: 'stdout is full',
    on: 'showing the result',
    shell: '"$@" > /dev/full',
    expected: outcome(1, 7, whole, 'could not write the result: ENOSPC: no space left on device, write'),
  },
  {
    fault: 'a clock that is a day slow, a slot of today',
    on: 'before all else',
    // as seen from a clock that is slow
    flags: ['--scheduled-at', new Date(Date.now() + 86_400_000).toISOString()],
    expected: outcome(
      2,
      0,
      'none',
      '--scheduled-at INSTANT lies ahead: what is read now cannot stand for it',
    ),
  },
];
