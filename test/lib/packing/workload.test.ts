import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { workloadOf } from '../../../lib/packing/workload.ts';
import { pod, type PodAbout } from '../../support/builders.ts';

const controlledBy = (
  kind: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): PodAbout => ({
  name: 'the-pod',
  controller: { kind, name },
  labels,
});
const hash = (value: string): Readonly<Record<string, string>> => ({ 'pod-template-hash': value });

suite('whose pod it is', () => {
  const table: readonly (readonly [what: string, about: PodAbout, kind: string, name: string])[] = [
    [
      'a Deployment, by its template hash',
      controlledBy('ReplicaSet', 'web-5d9f', hash('5d9f')),
      'Deployment',
      'web',
    ],
    ['a Deployment with dashes', controlledBy('ReplicaSet', 'a-b-c-77', hash('77')), 'Deployment', 'a-b-c'],
    ['a ReplicaSet by itself: no hash', controlledBy('ReplicaSet', 'web-5d9f'), 'ReplicaSet', 'web-5d9f'],
    [
      'a ReplicaSet by itself: another hash',
      controlledBy('ReplicaSet', 'web-5d9f', hash('aaaa')),
      'ReplicaSet',
      'web-5d9f',
    ],
    [
      'a hash that is only the end of a word',
      controlledBy('ReplicaSet', 'web5d9f', hash('5d9f')),
      'ReplicaSet',
      'web5d9f',
    ],
    ['an empty hash', controlledBy('ReplicaSet', 'web-', hash('')), 'ReplicaSet', 'web-'],
    [
      'a hash on a pod of another kind',
      controlledBy('StatefulSet', 'db-77', hash('77')),
      'StatefulSet',
      'db-77',
    ],
    [
      'a CronJob, by the minutes in the name of its Job',
      controlledBy('Job', 'report-29384756'),
      'CronJob',
      'report',
    ],
    ['a Job by itself', controlledBy('Job', 'migrate'), 'Job', 'migrate'],
    ['a Job with a short number', controlledBy('Job', 'migrate-42'), 'Job', 'migrate-42'],
    ['a Job that is only a number', controlledBy('Job', '29384756'), 'Job', '29384756'],
    ['a DaemonSet', controlledBy('DaemonSet', 'agent'), 'DaemonSet', 'agent'],
    ['a StatefulSet', controlledBy('StatefulSet', 'db'), 'StatefulSet', 'db'],
    ['a kind we do not know', controlledBy('Rollout', 'web'), 'Rollout', 'web'],
    ['nobody: itself', { name: 'debug' }, 'Pod', 'debug'],
    [
      'a mirror pod: the static pod of every node',
      {
        name: 'kube-proxy-node-1',
        mirror: true,
        nodeName: 'node-1',
        controller: { kind: 'Node', name: 'node-1' },
      },
      'StaticPod',
      'kube-proxy',
    ],
    ['a mirror pod of another name', { name: 'etcd', mirror: true, nodeName: 'node-1' }, 'StaticPod', 'etcd'],
  ];
  for (const [what, about, kind, name] of table) {
    test(`${what}: ${kind} ${name}`, () => {
      assert.deepEqual(workloadOf(pod({ namespace: 'app', ...about })), { namespace: 'app', kind, name });
    });
  }
});
