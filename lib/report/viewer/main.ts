/** What runs in the page: it fills what the page left empty, from the data beside it. */
import type { ReportData } from '../html/data.ts';
import { element, find } from './dom.ts';
import { showPicture } from './picture.ts';
import { showTable, type TableControl } from './table.ts';
import { showTrend } from './trend.ts';

const data = JSON.parse(find('data').textContent) as ReportData;
const { nodes, workloads, picture, trend } = data;

function tableOf(kind: 'nodes' | 'workloads'): TableControl {
  return showTable(find(`${kind}-table`), data[kind], kind);
}

const nodeTable = tableOf('nodes');
tableOf('workloads');
const boxes = document.querySelector<HTMLElement>('#boxes');
if (boxes !== null) {
  const nameOf = textsOf(nodes, [0]);
  showPicture(boxes, picture, {
    node: nameOf,
    workload: textsOf(workloads, [0, 2]),
    choose(node) {
      nodeTable.search(nameOf(node));
      find('nodes').scrollIntoView();
    },
  });
}
const charts = document.querySelector<HTMLElement>('#charts');
if (charts !== null && trend !== null) showTrend(charts, trend);
document.body.append(element('div', { id: 'ready', hidden: true }));

/** namespace/name, of a row. */
function textsOf({ columns }: ReportData['nodes'], of: readonly number[]): (row: number) => string {
  return (row) => of.map((at) => columns[at]?.texts[columns[at].cells[row] ?? -1] ?? '').join('/');
}
