import { objectAt, textAt, type Json, type JsonObject } from '../objects.ts';
import type { ObjectOptions } from './nodeObject.ts';
import { requestsOf, type PodPlan } from './placement.ts';
import { RESIZE_MINOR, cpuText, memoryText } from './podSpec.ts';
import type { Random } from './random.ts';

const STARTED = '2026-11-20T19:06:59Z';
const ENDED = '2026-11-20T19:41:07Z';

export function statusOf(
  plan: PodPlan,
  spec: JsonObject,
  random: Random,
  options: ObjectOptions,
): JsonObject {
  const { state, node, workload } = plan;
  if (node === null) return pending(plan);
  const phase = state === 'succeeded' ? 'Succeeded' : state === 'failed' ? 'Failed' : 'Running';
  const running = phase === 'Running';
  const ip = `10.${100 + (plan.index >> 16)}.${(plan.index >> 8) & 255}.${plan.index & 255}`;
  const containers = (list: Json | undefined): readonly JsonObject[] =>
    ((list ?? []) as readonly JsonObject[]).map((one) => containerStatus(one, plan, random, options));
  const initStatuses = containers(spec['initContainers']);
  return {
    ...(options.minor >= 35 ? { observedGeneration: 1 } : {}),
    phase,
    conditions: conditions(running, plan, options.minor),
    ...(state === 'failed' ? { message: 'The node was low on resource: memory.', reason: 'Evicted' } : {}),
    hostIP: node.ip,
    hostIPs: [{ ip: node.ip }],
    podIP: ip,
    podIPs: [{ ip }],
    startTime: STARTED,
    ...(initStatuses.length === 0 ? {} : { initContainerStatuses: initStatuses }),
    containerStatuses: containers(spec['containers']),
    qosClass: 'Burstable',
    ...(options.minor >= 36 && running && workload.features.resize === undefined ? podLevel(plan) : {}),
  };
}

/** Kubelets of 1.36 write these for every pod; overhead is included. */
function podLevel({ workload }: PodPlan): JsonObject {
  const { cpuMilli, memoryMi } = requestsOf(workload);
  const requests = { cpu: cpuText(cpuMilli), memory: memoryText(memoryMi) };
  return { allocatedResources: requests, resources: { requests } };
}

function pending({ workload: { features } }: PodPlan): JsonObject {
  const gated = features.gated === true;
  const condition = {
    type: 'PodScheduled',
    status: 'False',
    lastProbeTime: null,
    lastTransitionTime: STARTED,
    reason: gated ? 'SchedulingGated' : 'Unschedulable',
    message: gated
      ? 'Scheduling is blocked due to non-empty scheduling gates'
      : '0/300 nodes are available: 180 Insufficient cpu, 120 node(s) had untolerated taint(s).',
  };
  return { phase: 'Pending', conditions: [condition], qosClass: 'Burstable' };
}

function conditions(
  running: boolean,
  { workload: { features } }: PodPlan,
  minor: number,
): readonly JsonObject[] {
  const condition = (type: string, status: string, reason?: string): JsonObject => ({
    type,
    status,
    lastProbeTime: null,
    lastTransitionTime: STARTED,
    ...(reason === undefined ? {} : { reason }),
  });
  const ready = running ? condition : (type: string) => condition(type, 'False', 'PodCompleted');
  return [
    ...(features.resize === undefined || minor < RESIZE_MINOR
      ? []
      : [condition('PodResizePending', 'True', features.resize)]),
    condition('PodReadyToStartContainers', running ? 'True' : 'False'),
    condition('Initialized', 'True'),
    ready('Ready', 'True'),
    ready('ContainersReady', 'True'),
    condition('PodScheduled', 'True'),
  ];
}

function containerStatus(
  spec: JsonObject,
  { state, workload }: PodPlan,
  random: Random,
  options: ObjectOptions,
): JsonObject {
  const image = textAt(spec, 'image');
  const id = `containerd://${random.hex(64)}`;
  const init = spec['command'] !== undefined;
  const over = state === 'succeeded' || state === 'failed';
  const ended = {
    exitCode: state === 'failed' ? 137 : 0,
    reason: state === 'failed' ? 'OOMKilled' : 'Completed',
    startedAt: STARTED,
    finishedAt: ENDED,
    containerID: id,
  };
  const requests = objectAt(objectAt(spec, 'resources'), 'requests');
  const held =
    workload.features.resize === undefined ? requests : { ...requests, cpu: cpuText(workload.cpuMilli) };
  return {
    name: textAt(spec, 'name'),
    state: over || init ? { terminated: ended } : { running: { startedAt: STARTED } },
    lastState: {},
    ready: !over,
    restartCount: 0,
    image,
    imageID: `${image.split(':')[0] ?? ''}@sha256:${random.hex(64)}`,
    containerID: id,
    started: !over && !init,
    ...(options.minor < RESIZE_MINOR || over
      ? {}
      : {
          allocatedResources: held,
          resources: { limits: objectAt(objectAt(spec, 'resources'), 'limits'), requests: held },
        }),
    ...(options.lean
      ? {}
      : { volumeMounts: MOUNTS, user: { linux: { uid: 10001, gid: 0, supplementalGroups: [0, 10001] } } }),
  };
}

const MOUNTS: readonly JsonObject[] = [
  { name: 'config', mountPath: '/etc/app', readOnly: true, recursiveReadOnly: 'Disabled' },
  { name: 'tmp', mountPath: '/tmp' },
];
