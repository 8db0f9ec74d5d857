/** How few nodes would do: the interval, which nodes to drain in which order, and why the others stay. */
import { pinAnnotations } from '../../model/pins.ts';
import { capital, formatCount } from '../format.ts';
import { packingFacts } from '../packing.ts';
import { drainsView, intervalOf, staysView, type NamedRepacking } from '../repack.ts';
import { html, type Html } from './markup.ts';
import type { Report } from './page.ts';
import { tableHtml } from './table.ts';

/** Of five thousand nodes more would make the page too large. */
const maxDrains = 30;
/** So many are seen at once; who wants the others opens them. */
const drainsAtOnce = 10;
const maxReasons = 15;

export function packingHtml({ summary, resources, repacking }: Report): Html | null {
  const { interval, facts } = packingFacts(summary, resources);
  const lines = html`<ul>
    ${facts.map((line) => html`<li dir="auto">${line}</li>`)}
  </ul>`;
  if ('why' in repacking) {
    if (interval === null && facts.length === 0) return null;
    return html`${interval === null ? null : html`<p class="lead">${capital(interval)}.</p>`} ${lines}
      <p class="note" dir="auto">Which nodes to drain is not said here: ${repacking.why}.</p>`;
  }
  return html`<p class="lead">${capital(intervalOf(repacking))}.</p>
    ${lines} ${repacking.drainedNodes === null ? null : drains(repacking)} ${stays(repacking)}
    ${repacking.notes.length === 0 ? null : notes(repacking.notes)}`;
}

function drains(found: NamedRepacking): Html {
  const { rows, columns } = drainsView(found);
  if (rows.length === 0)
    return html`<h3>To drain</h3>
      <p>None: no node was found whose pods all find room on the others.</p>`;
  const [first, ...others] = columns;
  const order = new Map(rows.map((row, index) => [row, index + 1]));
  const ordered = [
    ...(first === undefined ? [] : [first]),
    {
      key: 'order',
      title: 'ORDER',
      align: 'right' as const,
      text: (row: (typeof rows)[number]) => String(order.get(row) ?? ''),
    },
    ...others,
  ];
  const part = (from: number, to: number, caption: string): Html =>
    tableHtml({ rows: rows.slice(from, to), columns: ordered }, caption);
  const folded = Math.max(0, Math.min(rows.length, maxDrains) - drainsAtOnce);
  const more = rows.length - maxDrains;
  return html`<h3>To drain, in this order</h3>
    <p>
      Drained one after another, the pods of these ${formatCount(rows.length, 'node')} find room on the
      others. Where each pod would go, <code>kube-binpack repack --output json</code> says.
    </p>
    ${part(0, drainsAtOnce, 'Nodes to drain, in this order')}
    ${
      folded === 0
        ? null
        : html`<details>
            <summary>The next ${formatCount(folded, 'node')}</summary>
            ${part(drainsAtOnce, maxDrains, 'Nodes to drain after those')}
          </details>`
    }
    ${more > 0 ? moreHtml(more, found) : null}`;
}

function moreHtml(more: number, { snapshotId }: NamedRepacking): Html {
  return html`<p>
    And ${formatCount(more, 'more node')}:
    <code>kube-binpack repack --at ${snapshotId} --limit 0</code> names all.
  </p>`;
}

const meanings: readonly (readonly [reason: string, meaning: string])[] = [
  ['no place', 'a pod of the node finds no room on any other; its workload is named.'],
  ['topology spread', "emptying it would spread a workload's pods less evenly than its rules let it."],
  ['local storage', 'a pod has volumes on the node, and would lose what is in them.'],
  ['do-not-disrupt', `a pod says ${pinAnnotations.doNotDisrupt}: "true".`],
  ['safe-to-evict', `a pod says ${pinAnnotations.safeToEvict}: "false".`],
  ['no controller', 'nothing would make the pod again elsewhere.'],
  ['no node may run it', 'a pod is where it is, and by its rules could be placed nowhere now.'],
];

function stays(found: NamedRepacking): Html | null {
  const { rows, columns } = staysView(found);
  if (rows.length === 0) return null;
  const view = { rows: rows.slice(0, maxReasons), columns };
  const more = rows.length - view.rows.length;
  return html`<h3>Why the others stay</h3>
    ${tableHtml(view, 'Nodes that are not emptied, by what keeps them')}
    ${more > 0 ? html`<p>And ${formatCount(more, 'more reason')}.</p>` : null}
    <details>
      <summary>What these reasons mean</summary>
      <dl>
        ${meanings
          .filter(([name]) => rows.some(({ why }) => why.includes(name)))
          .map(
            ([name, meaning]) =>
              html`<dt>${name}</dt>
                <dd>${meaning}</dd>`,
          )}
      </dl>
    </details>`;
}

function notes(lines: readonly string[]): Html {
  return html`<p class="note" dir="auto">${lines.map((line) => `${capital(line)}. `)}</p>`;
}
