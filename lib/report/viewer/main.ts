/** What runs in the page: it fills what the page left empty, from the data beside it. */
import type { ReportData, TableData } from '../html/data.ts';
import { element, find } from './dom.ts';
import { showPicture } from './picture.ts';
import { showTable, type TableControl } from './table.ts';
import { showTrend } from './trend.ts';
import { unpack } from './unpack.ts';

try {
  show(await unpack(find('data').textContent));
} catch (error) {
  const text = `This page could not be shown: ${String(error)}. A newer browser may do.`;
  find('main').prepend(element('p', { role: 'alert', textContent: text }));
  throw error;
}

function show({ nodes, workloads, picture, trend }: ReportData): void {
  const nodeTable = fill('nodes', nodes);
  fill('workloads', workloads);
  const boxes = document.querySelector<HTMLElement>('#boxes');
  if (boxes !== null && picture !== null) {
    const nodeName = textsOf(nodes, ['NODE']);
    showPicture(boxes, picture, {
      node: nodeName,
      workload: textsOf(workloads, ['NAMESPACE', 'NAME']),
      choose(node) {
        nodeTable?.search(nodeName(node));
        find('nodes').scrollIntoView();
      },
    });
  }
  const charts = document.querySelector<HTMLElement>('#charts');
  if (charts !== null && trend !== null) showTrend(charts, trend);
  document.documentElement.dataset['ready'] = '';
}

/** null: the page has no place for it. */
function fill(kind: 'nodes' | 'workloads', data: TableData): TableControl | null {
  const place = document.querySelector<HTMLElement>(`#${kind}-table`);
  return place === null ? null : showTable(place, data, kind);
}

/** Of a row, joined by slashes. */
function textsOf({ columns }: TableData, titles: readonly string[]): (row: number) => string {
  const chosen = columns.filter(({ title }) => titles.includes(title));
  return (row) => chosen.map(({ texts, cells }) => texts[cells[row] ?? -1] ?? '').join('/');
}
