import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diff } from '../../../../lib/packing/diff.ts';
import { comparisonDocument } from '../../../../lib/report/html/compare.ts';
import { textIn } from '../../../support/html.ts';
import { resourceSummary, summary, workloadRow } from '../../../support/snapshots.ts';

test('the parts that moved the utilization are told in a sentence and a table, and sum to the whole', () => {
  const of = (snapshotId: string, allocatable: number, pods: number, cpu: number) => ({
    summary: summary({
      snapshotId,
      resources: { cpu: resourceSummary({ allocatable, allocated: pods * cpu }) },
    }),
    nodes: [],
    workloads: [workloadRow({ pods, requests: { cpu }, total: { cpu: pods * cpu } })],
  });
  const [before, after] = [of('20261121T074000Z', 8, 2, 1), of('20261121T074500Z', 10, 4, 2)];
  const packed: string[] = [];
  const document = comparisonDocument(
    {
      diff: diff(before, after),
      before: before.summary,
      after: after.summary,
      resources: ['cpu', 'memory'],
    },
    (text) => {
      packed.push(text);
      return '';
    },
  );
  const text = textIn(document.main.html);
  assert.match(
    text,
    /cpu utilization \+55\.0 points From 25\.0 % to 80\.0 % of what the scheduler may give away\./,
  );
  assert.match(
    text,
    /cpu : \+55\.0 points, of which -12\.5 by capacity, \+33\.8 by demand and \+33\.8 by requests per pod\./,
  );
  assert.match(text, /cpu 25\.0 % 80\.0 % \+55\.0 -12\.5 \+33\.8 \+33\.8/);
  assert.match(packed[0] ?? '', /"title":"CHANGE","align":"left","texts":\["grew"\]/);
});
