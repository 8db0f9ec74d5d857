/** What a request names, checked before it is looked up. */
import { clusterNameProblem } from '../../lib/config.ts';
import { snapshotIdSchema } from '../../lib/model/snapshot.ts';
import { instantOf } from '../../lib/store/keys.ts';

/** null: it may be one. */
export function nameProblem(cluster: string): string | null {
  const problem = cluster === '' ? 'must not be empty' : clusterNameProblem(cluster);
  return problem === null ? null : `the cluster's name ${problem}`;
}

export function isSnapshotId(id: string): boolean {
  return snapshotIdSchema.safeParse(id).success && !Number.isNaN(instantOf(id).getTime());
}

export const idProblem = 'the id is none of a snapshot, such as 20261121T074500Z';
