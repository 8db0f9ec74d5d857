import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { Pod } from '../../../../lib/model/pod.ts';
import { mobilityOf } from '../../../../lib/packing/repack/input.ts';
import { repack } from '../../../../lib/packing/repack/repack.ts';
import { anyCluster, refuses, rowsOf, skewsOf, unmetAffinity, type Cluster } from './cluster.ts';

const runs = { numRuns: Number(process.env['RUNS'] ?? 300) };

/** Every pod knows its node, as the fold wants it. */
const bound = (cluster: Cluster): Cluster =>
  cluster.map(({ node, pods }) => ({ node, pods: pods.map((one) => ({ ...one, nodeName: node.name })) }));

const unmet = (cluster: Cluster): Set<string> =>
  new Set(
    cluster.flatMap((place) =>
      place.pods.filter((one) => unmetAffinity(one, place, cluster)).map((one) => one.name),
    ),
  );

/** Takes pods of a workload out of a list; throws where there are too few. */
function takeOut(pods: Pod[], count: number, is: (pod: Pod) => boolean): Pod[] {
  return Array.from({ length: count }, () => {
    const at = pods.findIndex(is);
    assert.ok(at >= 0, 'there is such a pod');
    return pods.splice(at, 1)[0] as Pod;
  });
}

suite('re-packing', () => {
  test('never uses more nodes than today, nor fewer than the bound', () => {
    fc.assert(
      fc.property(anyCluster, (drawn) => {
        const found = repack(rowsOf(bound(drawn)).input);
        assert.ok(found.repackedNodes !== null && found.drainedNodes !== null);
        assert.ok(found.lowerBoundNodes <= found.repackedNodes, 'bound <= found');
        assert.ok(found.repackedNodes <= found.drainedNodes && found.drainedNodes <= found.nodes);
        assert.equal(found.drains.length + found.stays.length, found.nodes);
      }),
      runs,
    );
  });

  test('empties nodes so that the scheduler would take every pod, one after another', () => {
    fc.assert(
      fc.property(anyCluster, fc.option(fc.nat(60)), (drawn, looks) => {
        const start = bound(drawn);
        const { input, workloadOf } = rowsOf(start);
        // also what was found before time ran out
        let left = looks ?? Infinity;
        const found = repack(input, { expired: () => --left < 0 });
        let cluster: Cluster = start.map(({ node, pods }) => ({ node, pods: [...pods] }));
        for (const { node, moves } of found.drains) {
          const drained = start[node]!.node;
          const leaving = cluster.find((place) => place.node === drained)!;
          const skews = skewsOf(cluster);
          const unmetBefore = unmet(cluster);
          cluster = cluster.filter((place) => place !== leaving);
          const pods = leaving.pods.filter((one) => {
            const { kind } = mobilityOf(input.workloads[workloadOf.get(one)!]!);
            assert.notEqual(kind, 'fixed', 'a pod that may not move holds its node');
            return kind === 'movable';
          });
          for (const { workload, to, pods: count } of moves) {
            const place = cluster.find((each) => each.node === start[to]!.node)!;
            assert.ok(place.node.conditions[0]?.status === 'True' && !place.node.unschedulable);
            for (const one of takeOut(pods, count, (each) => workloadOf.get(each) === workload)) {
              assert.equal(refuses(one, place, cluster), null);
              place.pods.push(one);
            }
          }
          assert.equal(pods.length, 0, 'no pod is lost');
          for (const name of unmet(cluster))
            assert.ok(unmetBefore.has(name), `${name} is near what it needs`);
          for (const [spread, skew] of skewsOf(cluster)) assert.ok(skew <= (skews.get(spread) ?? skew));
        }
      }),
      runs,
    );
  });

  test('packs anew so that the scheduler would take every pod where it then is', () => {
    fc.assert(
      fc.property(anyCluster, fc.option(fc.nat(60)), (drawn, looks) => {
        const start = bound(drawn);
        const { input, workloadOf } = rowsOf(start);
        let left = looks ?? Infinity;
        const { fresh } = repack(input, { expired: () => --left < 0 });
        if (fresh === null) return;
        const all = start.flatMap((place) => place.pods.map((one) => ({ one, at: place.node })));
        const movable = new Set<Pod>();
        const cluster: Cluster = fresh.nodes.map((node) => ({ node: start[node]!.node, pods: [] }));
        const contents = new Map(fresh.nodes.map((node) => [start[node]!.node, fresh.contents[node]!]));
        const moved = new Set([...contents.values()].flatMap((each) => [...each.keys()]));
        const waiting = all.filter(({ one }) => moved.has(workloadOf.get(one)!)).map(({ one }) => one);
        for (const place of cluster) {
          for (const [workload, count] of contents.get(place.node)!) {
            const here = takeOut(waiting, count, (one) => workloadOf.get(one) === workload);
            for (const one of here) movable.add(one);
            place.pods.push(...here);
          }
        }
        assert.equal(waiting.length, 0, 'no pod is lost');
        for (const { one, at } of all) {
          if (movable.has(one)) continue;
          const place = cluster.find(({ node }) => node === at);
          const { daemonSet } = input.workloads[workloadOf.get(one)!]!;
          assert.ok(place !== undefined || daemonSet, 'what cannot move is where it was');
          place?.pods.push(one);
        }
        for (const place of cluster) {
          for (const one of place.pods.filter((each) => movable.has(each))) {
            place.pods.splice(place.pods.indexOf(one), 1);
            assert.equal(refuses(one, place, cluster), null);
            place.pods.push(one);
          }
        }
        for (const name of unmet(cluster)) assert.ok(unmet(start).has(name), `${name} is near what it needs`);
      }),
      runs,
    );
  });

  test('when time runs out, what was found by then is given, and holds', () => {
    fc.assert(
      fc.property(anyCluster, fc.nat(60), (drawn, looks) => {
        const { input } = rowsOf(bound(drawn));
        const whole = repack(input);
        let left = looks;
        const cut = repack(input, { expired: () => --left < 0 });
        assert.equal(cut.lowerBoundNodes, whole.lowerBoundNodes);
        // but for moves, which are made straight in what time is left
        if (!cut.expired) return assert.deepEqual({ ...cut, drains: [] }, { ...whole, drains: [] });
        assert.ok(cut.notes.some((note) => note.startsWith('time ran out')));
        assert.ok(cut.repackedNodes === null || cut.repackedNodes >= whole.repackedNodes!);
        assert.equal(cut.repackedNodes === null, cut.fresh === null && cut.drains.length === 0);
        assert.ok(cut.repackedNodes === null || cut.repackedNodes >= cut.lowerBoundNodes);
        if (cut.drainedNodes !== null) assert.equal(cut.drainedNodes, cut.nodes - cut.drains.length);
      }),
      runs,
    );
  });

  test('gives the same answer to the same rows', () => {
    fc.assert(
      fc.property(anyCluster, (drawn) => {
        const { input } = rowsOf(bound(drawn));
        assert.deepEqual(repack(input), repack(structuredClone(input)));
      }),
      runs,
    );
  });
});
