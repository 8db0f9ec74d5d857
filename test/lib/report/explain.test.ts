import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { NodeRow, WorkloadRow } from '../../../lib/model/snapshot.ts';
import { explainNode } from '../../../lib/packing/explain/explain.ts';
import { renderExplanation } from '../../../lib/report/explain.ts';
import { nodeAmounts, nodeRow, workloadRow } from '../../support/snapshots.ts';

function page(
  nodes: readonly NodeRow[],
  workloads: readonly WorkloadRow[],
  width: number | null = null,
): string {
  const explained = explainNode({ nodes, workloads }, 0, '2026-11-21T07:45:00Z');
  return renderExplanation(explained, ['cpu', 'pods', 'nvidia.com/gpu'], { width, color: false });
}

const node = (
  name: string,
  cpu: number,
  placements: [number, number][],
  about: Partial<NodeRow> = {},
): NodeRow =>
  nodeRow({
    node: name,
    labels: { 'kubernetes.io/hostname': name },
    resources: { cpu: nodeAmounts(4, cpu), pods: nodeAmounts(10, placements.length) },
    placements,
    ...about,
  });
const workload = (index: number, cpu: number, about: Partial<WorkloadRow> = {}): WorkloadRow =>
  workloadRow({ index, name: `w${index}`, pods: 1, requests: { cpu }, ...about });

suite('the page of one node', () => {
  test('says of pods without a place what stops them, and where the least is missing', () => {
    const text = page(
      [
        node('a', 3, [[0, 1]]),
        node('b', 2, [[1, 1]]),
        node('c', 3, [[2, 1]]),
        node('d', 0, [], { ready: false }),
      ],
      [workload(0, 3), workload(1, 2), workload(2, 3)],
    );
    assert.match(text, /^a of prod at 20261121T074500Z: not to be emptied, 1 pod would find no place\n/);
    assert.ok(
      text.endsWith(
        [
          'To empty it: pods without a place',
          'WORKLOAD    PODS  STOPPED BY (NODES)',
          'default/w0     1  cpu (2), not ready (1)',
          '',
          'Where the least is missing for them',
          'WORKLOAD    NODE  LACKS',
          'default/w0  b     cpu 1',
          'default/w0  c     cpu 2',
          '',
        ].join('\n'),
      ),
      text,
    );
  });

  test('says which rule stops a pod that has room', () => {
    const hostPorts = [{ protocol: 'TCP', port: 80 }];
    const text = page(
      [node('a', 1, [[0, 1]]), node('b', 1, [[0, 1]])],
      [workload(0, 1, { pods: 2, constraints: { hostPorts } })],
    );
    assert.match(text, /\ndefault\/w0 +b +room enough, but host port\n$/);
  });

  test('has columns for static pods and for what is over-committed only where there are any', () => {
    const plain = page([node('a', 1, [[0, 1]])], [workload(0, 1)]);
    assert.doesNotMatch(plain, /STATIC PODS|TOO MUCH/);
    const odd = page([node('a', 4.5, [[0, 1]])], [workload(0, 4.5, { kind: 'StaticPod' })]);
    assert.match(odd, /CAPACITY +DAEMONSETS +STATIC PODS +FREE +TOO MUCH\ncpu .*112\.5 % .* 4\.5 +0 +0\.5\n/);
    assert.match(odd, /nothing to move, all its pods go with it\n/);
  });

  test('says in words what is stranded where no table would', () => {
    const stranded = (text: string): string => /^Stranded: .*$/m.exec(text)?.[0] ?? '';
    const [row, w] = [node('a', 1, [[0, 1]]), workload(0, 1)];
    assert.equal(
      stranded(page([row], [w])),
      'Stranded: nothing; all pods of the cluster that may run here (1) would fit into what is free',
    );
    assert.equal(
      stranded(page([row], [{ ...w, constraints: { nodeSelector: { pool: 'x' } } }])),
      'Stranded: all that is free, since no pod of the cluster may run here by its rules',
    );
    assert.equal(
      stranded(page([row], [{ ...w, kind: 'DaemonSet', daemonSet: true }])),
      'Stranded: unknown, since no pods but those of DaemonSets run in the cluster',
    );
    assert.equal(
      stranded(page([{ ...row, taints: ['a\u001b=b:NoExecute'], ready: false }], [w])),
      'Stranded: not counted, since room here is not usable: it is not ready, it has the taint a\\u001b=b:NoExecute',
    );
  });

  test('names what stops pods even where the node has none of it', () => {
    const text = page([node('a', 0, [])], [workload(0, 1, { requests: { cpu: 1, 'nvidia.com/gpu': 1 } })]);
    assert.match(text, /\nnvidia\.com\/gpu +0 +0 +100\.0 % +100\.0 %\n/);
    assert.match(text, /: it has no pods\n/);
  });

  test('of the control plane, or where a spread is in the way, says just that', () => {
    const labels = { 'node-role.kubernetes.io/master': '' };
    assert.match(
      page([node('a', 1, [[0, 1]], { labels })], [workload(0, 1)]),
      /: it is of the control plane, and stays\n/,
    );
  });

  test('fits a narrow terminal: the names of workloads stay', () => {
    const text = page([node('a', 1, [[0, 1]])], [workload(0, 1)], 60);
    const tables = text.split('\n').filter((line) => !/^(?:a of|amd64|Stranded)/.test(line));
    assert.ok(
      tables.every((line) => line.length <= 60),
      text,
    );
    assert.match(text, /^\(no room for CAPACITY, DAEMONSETS\)$/m);
    assert.match(text, /^default\/w0 +1 +no other node$/m);
  });
});
