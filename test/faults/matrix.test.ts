/** Every fault of the matrix against the code, and docs/faults.md, which is what came of it. */
import assert from 'node:assert/strict';
import process from 'node:process';
import { suite, test, type TestContext } from 'node:test';
import { checkAwsRow } from './aws-cell.ts';
import { cloudWatchRows, s3Rows } from './rows/aws.ts';
import { checkClusterRow } from './cluster-cell.ts';
import { listRows } from './rows/lists.ts';
import { networkRows } from './rows/network.ts';
import { refusalRows } from './rows/refusals.ts';
import { versionRows } from './rows/version.ts';
import { checkProcessRow } from './process-cell.ts';
import { processRows } from './rows/process.ts';
import { documentOf, merged, readDocument, writeDocument, type Line, type Section } from './table.ts';

interface Row {
  readonly fault: string;
  readonly on?: string;
}

/** A test for each row, which has its lines once it has passed. */
function linesOf<R extends Row>(
  title: string,
  rows: readonly R[],
  check: (t: TestContext, row: R) => Promise<Line[]>,
  concurrency = 1,
): readonly Line[][] {
  const found: Line[][] = rows.map(() => []);
  suite(title, { concurrency }, () => {
    for (const [index, row] of rows.entries())
      test([row.on ?? '', row.fault].filter(Boolean).join(': '), async (t) => {
        found[index] = await check(t, row);
      });
  });
  return found;
}

const clusterRows = [...networkRows, ...refusalRows, ...listRows, ...versionRows];
const cluster = linesOf('between the job and the API server', clusterRows, checkClusterRow, 4);
const s3 = linesOf('of S3', s3Rows, checkAwsRow);
const cloudWatch = linesOf('of CloudWatch', cloudWatchRows, checkAwsRow);
const machine = linesOf('of the machine and the process', processRows, checkProcessRow, 2);

test('docs/faults.md is what came of it', async () => {
  const sections: Section[] = [
    {
      title: 'Between the job and the API server',
      intro:
        'The cluster has twelve nodes and twelve pods, listed four a page; the fault is met by the second page of one of the two lists, in one of the two encodings. Requests are those for that list, also those that reached no server: three without a fault. A page that fails is asked for up to seven times, with pauses that double (a quarter of a second to eight; here without their jitter). A list that must start over does so up to three times (`--max-list-restarts`).',
      lines: cluster.flatMap(merged),
    },
    {
      title: 'S3',
      intro:
        'A run asks for the slot (is it taken?), writes two details at once, and then the summary, which is the commit: four requests. Each is tried up to six times.',
      lines: s3.flat(),
    },
    {
      title: 'CloudWatch',
      intro:
        'The snapshot is stored before its gauges are published. Where they are not, the slot once more publishes them; what comes twice has the same values at the same instant.',
      lines: cloudWatch.flat(),
    },
    {
      title: 'The machine and the process',
      intro:
        'The command line in a process of its own, into a directory; 137 is how a shell numbers SIGKILL. Requests are those to the API server: seven without a fault.',
      lines: machine.flat(),
    },
  ];
  if (process.env['KUBE_BINPACK_WRITE_FAULTS'] === 'yes') await writeDocument(sections);
  for (const { lines } of sections) assert.ok(lines.length > 8, 'every line was run');
  assert.equal(await readDocument(), await documentOf(sections), 'write it anew with npm run docs:faults');
});
