/** Names that are made of a cluster's: of what the stack has, by the stack and by those who ask it. */
import { createHash } from 'node:crypto';

/** kube-binpack-, an account and a region stand before it in a bucket's name, which ends at 63. */
const maxSlugLength = 22;

/** Lower case, digits and hyphens; what was changed or cut is told apart by a hash. */
export function slugOf(cluster: string): string {
  const plain = cluster
    .toLowerCase()
    .replaceAll('_', '-')
    .replaceAll(/^-+|-+$/g, '');
  if (plain === cluster && plain.length <= maxSlugLength) return plain;
  const hash = createHash('sha256').update(cluster).digest('hex').slice(0, 6);
  return `${plain.slice(0, maxSlugLength - 7).replace(/-+$/, '')}-${hash}`;
}

/** Of the stack's database in Glue and its workgroup in Athena: names in SQL have no hyphens. */
export function nameForSql(slug: string): string {
  return `kube-binpack-${slug}`.replaceAll('-', '_');
}
