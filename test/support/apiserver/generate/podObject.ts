import type { JsonObject, KubeObject } from '../objects.ts';
import { fieldsOf, managedBy } from './managedFields.ts';
import type { ObjectOptions } from './nodeObject.ts';
import { requestsOf, type PodPlan } from './placement.ts';
import { statusOf } from './podStatus.ts';
import { cpuText, memoryText, overheadOf, podTemplate, type PodTemplate } from './podSpec.ts';
import { podSuffix, seeded } from './random.ts';
import type { Workload } from './workloads.ts';

export const CREATED = '2026-11-20T19:06:50Z';

/** Makes pods of a plan; remembers the last workload's template, as neighbours mostly share it. */
export function podFactory(options: ObjectOptions): {
  readonly nameOf: (plan: PodPlan) => { readonly name: string; readonly namespace: string };
  readonly podOf: (plan: PodPlan) => KubeObject;
} {
  let last: { readonly workload: Workload; readonly made: PodTemplate } | null = null;
  const templateOf = (workload: Workload): PodTemplate => {
    if (last?.workload !== workload) last = { workload, made: podTemplate(workload, options) };
    return last.made;
  };
  return {
    nameOf: (plan) => ({
      name: nameOf(plan, templateOf(plan.workload)),
      namespace: plan.workload.namespace,
    }),
    podOf: (plan) => podObject(plan, templateOf(plan.workload), options),
  };
}

function nameOf({ workload, ordinal, node }: PodPlan, { hash }: PodTemplate): string {
  const { name, kind } = workload;
  if (kind === 'StatefulSet' || kind === 'Bare') return `${name}-${ordinal}`;
  if (kind === 'Static') return `${name}-${node?.name ?? ordinal}`;
  const suffix = podSuffix(ordinal);
  if (kind === 'Deployment') return `${name}-${hash}-${suffix}`;
  return kind === 'CronJob' ? `${jobName(workload, ordinal)}-${suffix}` : `${name}-${suffix}`;
}

/** CronJobs name their Jobs by the scheduled minute. */
function jobName({ name, kind }: Workload, ordinal: number): string {
  return kind === 'CronJob' ? `${name}-${29_388_000 + 15 * ordinal}` : name;
}

function podObject(plan: PodPlan, template: PodTemplate, options: ObjectOptions): KubeObject {
  const { workload, ordinal } = plan;
  const random = seeded(options.seed, 30, plan.index);
  const labels = labelsOf(plan, template);
  const annotations = annotationsOf(plan, random.hex(64));
  const owner = ownerOf(plan, template);
  const spec = specOf(plan, template, options);
  const status = statusOf(plan, spec, random, options);
  const generated = workload.kind !== 'StatefulSet' && workload.kind !== 'Bare' && workload.kind !== 'Static';
  const name = nameOf(plan, template);
  const terminating = plan.state === 'terminating';
  return {
    metadata: {
      name,
      ...(generated ? { generateName: name.slice(0, -5) } : {}),
      namespace: workload.namespace,
      uid: random.uuid(),
      resourceVersion: String(200 + plan.index),
      generation: workload.features.resize === undefined ? 1 : 2,
      creationTimestamp: CREATED,
      ...(terminating ? { deletionTimestamp: '2026-11-21T08:24:30Z', deletionGracePeriodSeconds: 30 } : {}),
      labels,
      annotations,
      ...(owner === null ? {} : { ownerReferences: [owner] }),
      ...(options.lean
        ? {}
        : {
            managedFields: ownership(plan, template, { annotations, labels, owner, spec, status }),
          }),
    },
    spec,
    status,
  };
  function labelsOf(
    { workload: { name: app } }: PodPlan,
    { hash, uid }: PodTemplate,
  ): Record<string, string> {
    const job = jobName(workload, ordinal);
    const own = {
      Deployment: { 'pod-template-hash': hash },
      StatefulSet: {
        'apps.kubernetes.io/pod-index': String(ordinal),
        'controller-revision-hash': `${app}-${hash}`,
        'statefulset.kubernetes.io/pod-name': `${app}-${ordinal}`,
      },
      DaemonSet: { 'controller-revision-hash': hash, 'pod-template-generation': '1' },
      CronJob: { 'batch.kubernetes.io/controller-uid': uid, 'batch.kubernetes.io/job-name': job },
      Job: { 'batch.kubernetes.io/controller-uid': uid, 'batch.kubernetes.io/job-name': job },
      Bare: {},
      Static: {},
    }[workload.kind];
    return {
      app,
      'app.kubernetes.io/managed-by': 'Helm',
      'app.kubernetes.io/name': app,
      'app.kubernetes.io/part-of': workload.namespace,
      ...own,
    };
  }
}

function annotationsOf({ workload }: PodPlan, checksum: string): Record<string, string> {
  if (workload.kind === 'Static') {
    const hash = checksum.slice(0, 32);
    return {
      'kubernetes.io/config.hash': hash,
      'kubernetes.io/config.mirror': hash,
      'kubernetes.io/config.seen': CREATED,
      'kubernetes.io/config.source': 'file',
    };
  }
  return {
    'checksum/config': checksum,
    'kubectl.kubernetes.io/restartedAt': '2026-11-11T08:25:59Z',
    'prometheus.io/port': '9090',
    'prometheus.io/scrape': 'true',
    ...(workload.index % 37 === 5 && { 'karpenter.sh/do-not-disrupt': 'true' }),
    ...(workload.index % 41 === 7 && { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' }),
  };
}

function ownerOf({ workload, ordinal, node }: PodPlan, { hash, uid }: PodTemplate): JsonObject | null {
  const owner = (apiVersion: string, kind: string, name: string): JsonObject => ({
    apiVersion,
    kind,
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  });
  const { kind, name } = workload;
  const apps = { Deployment: `${name}-${hash}`, StatefulSet: name, DaemonSet: name };
  if (kind === 'Deployment') return owner('apps/v1', 'ReplicaSet', apps.Deployment);
  if (kind === 'StatefulSet' || kind === 'DaemonSet') return owner('apps/v1', kind, apps[kind]);
  if (kind === 'CronJob' || kind === 'Job') return owner('batch/v1', 'Job', jobName(workload, ordinal));
  if (kind === 'Static' && node !== null)
    return { apiVersion: 'v1', kind: 'Node', name: node.name, uid, controller: true };
  return null;
}

function specOf(
  { workload, node }: PodPlan,
  template: PodTemplate,
  { lean, minor }: ObjectOptions,
): JsonObject {
  const { kind, name, features } = workload;
  const overhead = overheadOf(workload);
  const batch = kind === 'Job' || kind === 'CronJob';
  const total = requestsOf(workload);
  const priority =
    features.placeholder === true ? -10 : kind === 'DaemonSet' || kind === 'Static' ? 2_000_001_000 : 0;
  const priorityClass = priority < 0 ? 'overprovisioning' : priority > 0 ? 'system-node-critical' : null;
  const affinity = kind === 'DaemonSet' && node !== null ? onNode(node.name) : template.affinity;
  return {
    ...(template.volumes.length === 0 ? {} : { volumes: template.volumes }),
    ...(template.initContainers.length === 0 ? {} : { initContainers: template.initContainers }),
    containers: template.containers,
    restartPolicy: batch ? 'Never' : 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    ...(template.nodeSelector === null ? {} : { nodeSelector: template.nodeSelector }),
    serviceAccountName: name,
    serviceAccount: name,
    ...(lean ? {} : { automountServiceAccountToken: false }),
    ...(node === null ? {} : { nodeName: node.name }),
    ...(kind === 'DaemonSet' || kind === 'Static' ? { hostNetwork: true } : {}),
    securityContext: lean ? {} : { fsGroup: 10001, seccompProfile: { type: 'RuntimeDefault' } },
    ...(affinity === null ? {} : { affinity }),
    schedulerName: 'default-scheduler',
    tolerations: template.tolerations,
    ...(priorityClass === null ? {} : { priorityClassName: priorityClass }),
    priority,
    ...(overhead === null ? {} : { runtimeClassName: 'kata' }),
    enableServiceLinks: true,
    preemptionPolicy: priority < 0 ? 'Never' : 'PreemptLowerPriority',
    ...(overhead === null ? {} : { overhead }),
    ...(template.topologySpread.length === 0 ? {} : { topologySpreadConstraints: template.topologySpread }),
    ...(features.gated === true ? { schedulingGates: [{ name: 'kueue.x-k8s.io/admission' }] } : {}),
    ...(features.podLevelResources === true && minor >= 34
      ? {
          resources: {
            requests: { cpu: cpuText(total.cpuMilli), memory: memoryText(total.memoryMi) },
          },
        }
      : {}),
  };
}

/**
 * Who wrote which field. The trees are made once a workload and state: they hold names of fields, no values,
 * and making them anew would be most of the work of making a pod.
 */
function ownership(
  { state, node }: PodPlan,
  template: PodTemplate,
  parts: {
    readonly annotations: JsonObject;
    readonly labels: JsonObject;
    readonly owner: JsonObject | null;
    readonly spec: JsonObject;
    readonly status: JsonObject;
  },
): readonly JsonObject[] {
  const { annotations, labels, owner, status } = parts;
  const byController = once(template, 'controller', () => {
    const { nodeName: _nodeName, ...spec } = parts.spec;
    const metadata = { annotations, labels, ...(owner === null ? {} : { ownerReferences: [owner] }) };
    return fieldsOf({ metadata, spec });
  });
  const controller = managedBy('kube-controller-manager', CREATED, byController);
  if (node === null) return [controller];
  const byKubelet = once(template, state, () => {
    const { podIPs: _podIPs, ...rest } = status;
    return fieldsOf({ status: { ...rest, podIPs: null } });
  });
  return [controller, managedBy('kubelet', CREATED, byKubelet, 'status')];
}

function once(template: PodTemplate, name: string, make: () => JsonObject): JsonObject {
  const known = template.ownership.get(name);
  if (known !== undefined) return known;
  const made = make();
  template.ownership.set(name, made);
  return made;
}

/** How the DaemonSet controller binds a pod to its node. */
function onNode(name: string): JsonObject {
  const fields = [{ key: 'metadata.name', operator: 'In', values: [name] }];
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields: fields }] },
    },
  };
}
