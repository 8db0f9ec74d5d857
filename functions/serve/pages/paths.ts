/** Where the pages of a snapshot are; a name in them is encoded. */

/** `since`: how long a trend; null: the usual one. */
export function reportPath(cluster: string, id: string, since: string | null = null): string {
  return `/report/${encodeURIComponent(cluster)}/${id}${since === null ? '' : `?since=${encodeURIComponent(since)}`}`;
}

export function comparePath(cluster: string, before: string, after: string): string {
  return `/compare/${encodeURIComponent(cluster)}/${before}/${after}`;
}
