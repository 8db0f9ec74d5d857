/** What of a day's details is in one file for all its snapshots. Created once; whoever is second takes it as it is. */
import * as z from '../model/schema.ts';
import { detailKind, snapshotIdSchema, type DetailKind, type Summary } from '../model/snapshot.ts';
import { decodeChecked, encodeChecked } from './codec.ts';
import { manifestKey } from './keys.ts';
import type { ClusterDay } from './snapshots.ts';
import type { Store } from './store.ts';

const manifestSchema = z.object({
  schemaVersion: z.literal(1),
  cluster: z.string(),
  date: z.string(),
  objects: z.array(
    z.object({
      kind: detailKind,
      key: z.string(),
      bytes: z.int(),
      sha256: z.string(),
      snapshots: z.array(z.object({ snapshotId: snapshotIdSchema, run: z.string(), rows: z.int() })),
    }),
  ),
});
export type Manifest = z.infer<typeof manifestSchema>;
export type CompactedObject = Manifest['objects'][number];

const nameOf = ({ cluster, date }: ClusterDay): string => `the manifest of ${cluster} on ${date}`;

/** null: the day is not compacted. */
export async function readManifest(
  store: Store,
  day: ClusterDay,
  signal: AbortSignal,
): Promise<Manifest | null> {
  const bytes = await store.read(manifestKey(day.cluster, day.date), signal);
  return bytes === null ? null : decodeChecked(bytes, manifestSchema, nameOf(day));
}

/** false: there is one already. */
export async function writeManifest(store: Store, manifest: Manifest, signal: AbortSignal): Promise<boolean> {
  const bytes = encodeChecked(manifest, manifestSchema, nameOf(manifest));
  return store.create(manifestKey(manifest.cluster, manifest.date), bytes, signal);
}

/** The file that has the rows of a snapshot; null where they are not compacted. */
export function compactedOf(
  manifest: Manifest | null,
  { snapshotId, run }: Pick<Summary, 'snapshotId' | 'run'>,
  kind: DetailKind,
): CompactedObject | null {
  const found = manifest?.objects.find(
    (object) =>
      object.kind === kind &&
      object.snapshots.some((each) => each.snapshotId === snapshotId && each.run === run),
  );
  return found ?? null;
}
