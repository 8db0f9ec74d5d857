/** Every fault of the matrix against the code, and docs/faults.md, which is what came of it. */
import { suite, test, type TestContext } from 'node:test';
import { checkAwsRow } from './aws-cell.ts';
import { cloudWatchRows, s3Rows } from './aws.ts';
import { checkClusterRow } from './cluster-cell.ts';
import { clusterRows } from './cluster.ts';
import type { Line } from './table.ts';

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

const cluster = linesOf('between the job and the API server', clusterRows, checkClusterRow, 4);
const s3 = linesOf('of S3', s3Rows, checkAwsRow);
const cloudWatch = linesOf('of CloudWatch', cloudWatchRows, checkAwsRow);
void [cluster, s3, cloudWatch];
