import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { packingHtml } from '../../../../lib/report/html/packing.ts';
import type { Report } from '../../../../lib/report/html/page.ts';
import type { NamedRepacking } from '../../../../lib/report/repack.ts';
import { textIn } from '../../../support/html.ts';
import { identity, summary } from '../../../support/snapshots.ts';

/** 61 nodes, of which 17 are drained. */
function found(about: Partial<NamedRepacking> = {}): NamedRepacking {
  return {
    ...identity,
    nodes: 61,
    lowerBoundNodes: 41,
    repackedNodes: 44,
    drainedNodes: 44,
    drains: drains(17),
    stays: [],
    saving: null,
    expired: false,
    notes: [],
    packedAnew: null,
    ...about,
  };
}

function drains(count: number): NamedRepacking['drains'] {
  return Array.from({ length: count }, (_, index) => ({
    node: `node-${index + 1}`,
    nodePool: 'spot',
    instanceType: null,
    moves: [
      { workload: 'default/web', to: 'node-a', pods: 2 },
      { workload: 'default/api', to: 'node-b', pods: 1 },
    ],
  }));
}

function said(repacking: Report['repacking']): string {
  const report = { summary: summary(), nodes: [], workloads: [], resources: ['cpu'], trend: null, repacking };
  return textIn(packingHtml(report)?.html ?? '');
}

suite('how few nodes would do', () => {
  test('is an interval, and the nodes to drain in their order', () => {
    const text = said(found());
    assert.match(
      text,
      /^At least 41 nodes, 44 found, 61 running\. To drain, in this order Drained one after/,
    );
    assert.match(
      text,
      /NODE ORDER NODE POOL TYPE PODS TO MOVE TO NODES node-1 1 spot - 3 2 node-2 2 spot - 3 2 /,
    );
    assert.match(text, /The next 7 nodes/);
    assert.doesNotMatch(text, /more node/);
  });

  test('names thirty nodes at most, how many more there are, and where', () => {
    const text = said(found({ drains: drains(1590) }));
    assert.match(
      text,
      /node-10 10 spot - 3 2 The next 20 nodes Nodes to drain after those NODE .* node-11 11 /,
    );
    assert.match(
      text,
      /node-30 30 spot - 3 2 And 1,560 more nodes: kube-binpack repack --at 20261121T074500Z --limit 0 names all\./,
    );
    assert.doesNotMatch(text, /node-31/);
  });

  test('says why the others stay, and what those reasons mean', () => {
    const text = said(
      found({
        stays: [
          { node: 'node-a', why: 'held', by: { 'local storage': 2 } },
          { node: 'node-b', why: 'no place', workload: 'default/<b>' },
          { node: 'node-c', why: 'no place', workload: 'default/api' },
        ],
        notes: ['rows carry no pod labels'],
      }),
    );
    assert.match(
      text,
      /BECAUSE OF NODES SUCH AS no place 2 node-b: default\/&lt;b&gt; local storage 1 node-a What these reasons mean no place a pod of the node finds no room on any other; its workload is named\. local storage a pod has volumes on the node, and would lose what is in them\. Rows carry no pod labels\.$/,
    );
    assert.doesNotMatch(text, /do-not-disrupt/);
  });

  test('where none can be drained, or there was no time to find out, that is said', () => {
    assert.match(said(found({ drains: [], drainedNodes: 61 })), /To drain None: no node was found/);
    const bound = found({ drains: [], drainedNodes: null, repackedNodes: null, notes: ['time ran out'] });
    assert.equal(said(bound), 'At least 41 nodes, 61 running; none was found in time. Time ran out.');
  });

  test('is left out where nothing is known of it', () => {
    assert.equal(said({ why: 'it was not asked for' }), '');
  });
});
