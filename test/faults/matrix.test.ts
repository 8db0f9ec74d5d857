/** Every fault of the matrix against the code, and docs/faults.md, which is what came of it. */
import { suite, test, type TestContext } from 'node:test';
import { checkClusterRow } from './cluster-cell.ts';
import { clusterRows } from './cluster.ts';
import type { Line } from './table.ts';

interface Row {
  readonly fault: string;
}

/** A test for each row; its lines are there once it has passed. */
function linesOf<R extends Row>(
  title: string,
  rows: readonly R[],
  check: (t: TestContext, row: R) => Promise<Line[]>,
  concurrency = 1,
): ReadonlyMap<string, readonly Line[]> {
  const found = new Map<string, readonly Line[]>();
  suite(title, { concurrency }, () => {
    for (const row of rows) test(row.fault, async (t) => void found.set(row.fault, await check(t, row)));
  });
  return found;
}

const cluster = linesOf('between the job and the API server', clusterRows, checkClusterRow, 4);
void cluster;
