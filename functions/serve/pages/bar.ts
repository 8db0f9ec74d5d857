/** Where to go from a snapshot: another cluster, another time, a comparison. Forms, which need no script. */
import { formatAge } from '../../../lib/report/format.ts';
import { timeText } from '../../../lib/report/html/compare.ts';
import { exact, html, type Html } from '../../../lib/report/html/markup.ts';
import { instantOf, type SnapshotKey } from '../../../lib/store/keys.ts';
import { reportPath } from './paths.ts';

export interface BarAbout {
  readonly key: SnapshotKey;
  readonly ageSeconds: number;
  /** Which it is compared with; null: the page is of one alone. */
  readonly before: SnapshotKey | null;
  /** null: the page has no trend. */
  readonly since: string | null;
  readonly clusters: readonly string[];
  /** Of the same cluster, oldest first; null: not known yet. */
  readonly around: readonly SnapshotKey[] | null;
  /** What is not known yet, or not as new as it should be, in sentences. */
  readonly notes: readonly string[];
}

/** In a list to choose from; more can be named. */
const maxChoices = 60;
const spans = ['1d', '7d', '4w'];

export function barOf(about: BarAbout): Html {
  const { key, ageSeconds, before, around, notes } = about;
  const { cluster, snapshotId } = key;
  const near = around ?? [];
  const previous = near.findLast((each) => each.snapshotId < snapshotId);
  const next = near.find((each) => each.snapshotId > snapshotId);
  const links = html`${step('Previous', 'prev', previous)} ${step('Next', 'next', next)}
    <li><a href="${reportPath(cluster, 'latest')}">Newest</a></li>
    <li>The ${before === null ? 'one shown' : 'later one'} is ${formatAge(ageSeconds)} old.</li>`;
  return siteBar(
    links,
    html`<div class="forms">${showForm(about)} ${compareForm(key, before, near)}</div>
      ${notes.map((note) => html`<p class="note" role="status" dir="auto">${note} <a href="">Reload</a></p>`)}`,
  );
}

/** Of every page: the way back, and what else there is. */
export function siteBar(links: Html | null = null, more: Html | null = null): Html {
  return html`<nav class="site" aria-label="Clusters and snapshots">
    <ul>
      <li><a href="/">All clusters</a></li>
      ${links}
    </ul>
    ${more}
  </nav>`;
}

function step(text: string, rel: 'prev' | 'next', key: SnapshotKey | undefined): Html | null {
  if (key === undefined) return null;
  return html`<li>
    <a rel="${rel}" href="${reportPath(key.cluster, key.snapshotId)}" title="${timeOf(key)}">${text}</a>
  </li>`;
}

const timeOf = ({ snapshotId }: SnapshotKey): string =>
  timeText({ scheduledAt: instantOf(snapshotId).toISOString() });

function option(value: string, text: string, selected: string): Html {
  return value === selected
    ? html`<option value="${exact(value)}" selected>${text}</option>`
    : html`<option value="${exact(value)}">${text}</option>`;
}

function showForm({ key, since, clusters, around }: BarAbout): Html {
  const { cluster, snapshotId } = key;
  const names = clusters.includes(cluster) ? clusters : [cluster, ...clusters];
  const known = around?.some((each) => each.snapshotId === snapshotId) === true ? around : [key];
  const chosen = since ?? '7d';
  const lengths = spans.includes(chosen) ? spans : [chosen, ...spans];
  return html`<form action="/report" method="get">
    <label
      >Cluster
      <select name="cluster">
        ${names.map((name) => option(name, name, cluster))}
      </select></label
    >
    <label
      >Snapshot
      <select name="id">
        ${nearest(known, snapshotId).map((each) => option(each.snapshotId, timeOf(each), snapshotId))}
      </select></label
    >
    <label>or the last one at <input name="at" placeholder="2d ago" size="12" autocomplete="off" /></label>
    <label
      >Trend
      <select name="since">
        ${lengths.map((each) => option(each, each, chosen))}
      </select></label
    >
    <button>Show</button>
  </form>`;
}

function compareForm(
  { cluster, snapshotId }: SnapshotKey,
  compared: SnapshotKey | null,
  near: readonly SnapshotKey[],
): Html {
  const close = nearest(near, snapshotId).filter((each) => each.snapshotId !== snapshotId);
  const isListed = compared === null || close.some((each) => each.snapshotId === compared.snapshotId);
  const others = isListed ? close : [...close, compared];
  const previous = others.find((each) => each.snapshotId < snapshotId);
  const before = (compared ?? previous)?.snapshotId ?? '';
  const choice = html`<label
    >Compare with
    <select name="before">
      ${others.map((each) => option(each.snapshotId, timeOf(each), before))}
    </select></label
  >`;
  return html`<form action="/compare" method="get">
    <input type="hidden" name="cluster" value="${exact(cluster)}" />
    <input type="hidden" name="after" value="${snapshotId}" />
    ${others.length === 0 ? null : choice}
    <label
      >${others.length === 0 ? 'Compare with' : 'or'} the last one at
      <input name="at" placeholder="24h ago" size="12" autocomplete="off"
    /></label>
    <button>Compare</button>
  </form>`;
}

/** Newest first. */
function nearest(keys: readonly SnapshotKey[], snapshotId: string): SnapshotKey[] {
  const at = keys.findIndex((each) => each.snapshotId >= snapshotId);
  const from = Math.max(0, Math.min(at < 0 ? keys.length : at - maxChoices / 2, keys.length - maxChoices));
  return keys.slice(from, from + maxChoices).toReversed();
}
