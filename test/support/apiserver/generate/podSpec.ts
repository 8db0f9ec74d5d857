import type { JsonObject } from '../objects.ts';
import { INIT } from './placement.ts';
import { seeded, type Random } from './random.ts';
import type { ObjectOptions } from './nodeObject.ts';
import { OVERHEAD, SIDECAR, type Workload } from './workloads.ts';

/** What all pods of a workload have in common; made once for all of them. */
export interface PodTemplate {
  readonly uid: string;
  /** pod-template-hash or controller-revision-hash. */
  readonly hash: string;
  readonly containers: readonly JsonObject[];
  readonly initContainers: readonly JsonObject[];
  readonly volumes: readonly JsonObject[];
  /** Spec fields after the containers, without nodeName, affinity and tolerations of single pods. */
  readonly nodeSelector: JsonObject | null;
  readonly affinity: JsonObject | null;
  readonly tolerations: readonly JsonObject[];
  readonly topologySpread: readonly JsonObject[];
  /** Trees of managedFields, filled by the first pod that has them. */
  readonly ownership: Map<string, JsonObject>;
}

/** Resizing in place is on by default from this minor version. */
export const RESIZE_MINOR = 33;

const EVICTION_TOLERATIONS: readonly JsonObject[] = ['not-ready', 'unreachable'].map((name) => ({
  key: `node.kubernetes.io/${name}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
}));

/** What the DaemonSet controller adds to every pod. */
const DAEMON_TOLERATIONS: readonly JsonObject[] = [
  ['not-ready', 'NoExecute'],
  ['unreachable', 'NoExecute'],
  ['disk-pressure', 'NoSchedule'],
  ['memory-pressure', 'NoSchedule'],
  ['pid-pressure', 'NoSchedule'],
  ['unschedulable', 'NoSchedule'],
].map(([name = '', effect = '']) => ({ key: `node.kubernetes.io/${name}`, operator: 'Exists', effect }));

export function podTemplate(workload: Workload, options: ObjectOptions): PodTemplate {
  const random = seeded(options.seed, 20, workload.index);
  const { features, name } = workload;
  const main = mainContainer(workload, random, options);
  const sidecar = container('otel-sidecar', SIDECAR, random, options, { restartPolicy: 'Always' });
  const init = container('migrate', INIT, random, options, { command: ['/bin/migrate', '--wait'] });
  return {
    uid: random.uuid(),
    hash: random.word(10),
    containers: [main],
    initContainers: [
      ...(features.init === true ? [init] : []),
      ...(features.sidecar === true ? [sidecar] : []),
    ],
    volumes: options.lean
      ? []
      : [
          { name: 'config', configMap: { name: `${name}-config`, defaultMode: 420 } },
          // one workload in eight keeps something on its node's disk
          {
            name: 'tmp',
            emptyDir: { ...(workload.index % 8 !== 3 && { medium: 'Memory' }), sizeLimit: '1Gi' },
          },
          serviceAccountVolume(random.word(5)),
        ],
    nodeSelector: nodeSelectorOf(workload),
    affinity: affinityOf(workload),
    tolerations: tolerationsOf(workload),
    topologySpread: features.spread === true ? spread(name) : [],
    ownership: new Map(),
  };
}

function mainContainer(workload: Workload, random: Random, options: ObjectOptions): JsonObject {
  const { name, features, cpuMilli, memoryMi } = workload;
  const wanted = options.minor < RESIZE_MINOR ? undefined : features.resize;
  const grown = wanted === 'Deferred' ? 2 : wanted === 'Infeasible' ? 1000 : 1;
  const port = features.hostPort ?? 8080;
  return container(name, { cpuMilli: grown * cpuMilli, memoryMi }, random, options, {
    gpus: features.gpus ?? 0,
    ports: [
      {
        name: 'http',
        ...(features.hostPort === undefined ? {} : { hostPort: port }),
        containerPort: port,
        protocol: 'TCP',
      },
      { name: 'metrics', containerPort: 9090, protocol: 'TCP' },
    ],
    probes: true,
  });
}

function container(
  name: string,
  { cpuMilli, memoryMi }: { readonly cpuMilli: number; readonly memoryMi: number },
  random: Random,
  { lean }: ObjectOptions,
  more: {
    readonly restartPolicy?: 'Always';
    readonly command?: readonly string[];
    readonly ports?: readonly JsonObject[];
    readonly gpus?: number;
    readonly probes?: true;
  },
): JsonObject {
  const gpus = (more.gpus ?? 0) === 0 ? {} : { 'nvidia.com/gpu': String(more.gpus) };
  const probe = (path: string): JsonObject => ({
    httpGet: { path, port: 'http', scheme: 'HTTP' },
    initialDelaySeconds: 5,
    timeoutSeconds: 3,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 6,
  });
  const requests = { cpu: cpuText(cpuMilli), memory: memoryText(memoryMi), ...gpus };
  return {
    name,
    image: `123456789012.dkr.ecr.us-east-1.amazonaws.com/acme/${name}:v${1 + random.below(9)}.${random.below(30)}.${random.below(9)}`,
    ...(more.command === undefined ? {} : { command: more.command }),
    ...(more.ports === undefined ? {} : { ports: more.ports }),
    ...(lean ? {} : { env: environment(name, random).slice(0, more.probes === true ? undefined : 4) }),
    resources: { limits: { memory: requests.memory, ...gpus }, requests },
    ...(more.restartPolicy === undefined ? {} : { restartPolicy: more.restartPolicy }),
    ...(lean ? {} : { volumeMounts: MOUNTS }),
    ...(lean || more.probes === undefined
      ? {}
      : { livenessProbe: probe('/healthz'), readinessProbe: probe('/ready?full=1&db=1') }),
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: 'IfNotPresent',
    ...(lean ? {} : { securityContext: CONTAINER_SECURITY }),
  };
}

const MOUNTS: readonly JsonObject[] = [
  { name: 'config', readOnly: true, mountPath: '/etc/app' },
  { name: 'tmp', mountPath: '/tmp' },
];

const CONTAINER_SECURITY: JsonObject = {
  capabilities: { drop: ['ALL'] },
  runAsUser: 10001,
  runAsNonRoot: true,
  readOnlyRootFilesystem: true,
  allowPrivilegeEscalation: false,
};

function environment(name: string, random: Random): readonly JsonObject[] {
  const field = (variable: string, fieldPath: string): JsonObject => ({
    name: variable,
    valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } },
  });
  return [
    field('POD_NAME', 'metadata.name'),
    field('POD_NAMESPACE', 'metadata.namespace'),
    { name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: `${name}-db`, key: 'password' } } },
    ...['LOG_LEVEL', 'PORT', 'METRICS_PORT', 'OTEL_SERVICE_NAME', 'REDIS_URL'].map((variable) => ({
      name: variable,
      value: `${variable.toLowerCase()}-${random.hex(6)}`,
    })),
    { name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: 'http://otel-collector.observability.svc:4317' },
    { name: 'DATABASE_URL', value: `postgres://${name}@db.svc:5432/${name}?sslmode=require&pool=20` },
  ];
}

function serviceAccountVolume(suffix: string): JsonObject {
  return {
    name: `kube-api-access-${suffix}`,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
      defaultMode: 420,
    },
  };
}

/** Pools without a taint are chosen by label; ordinary pods go to the general pool because of its arch. */
function nodeSelectorOf({ kind, pool, features }: Workload): JsonObject | null {
  if (kind === 'DaemonSet' || kind === 'Static' || pool === null) return null;
  if (features.virtual === true) return { type: 'virtual-kubelet' };
  if (pool.name === 'general') return null;
  if (pool.name === 'general-arm') return { 'kubernetes.io/arch': 'arm64' };
  const label = pool.manager === 'eks' ? 'eks.amazonaws.com/nodegroup' : 'karpenter.sh/nodepool';
  return { [label]: pool.name };
}

function affinityOf({ kind, pool, features, name }: Workload): JsonObject | null {
  const term = { labelSelector: { matchLabels: { app: name } }, topologyKey: 'kubernetes.io/hostname' };
  const general = kind !== 'DaemonSet' && kind !== 'Static' && pool?.name === 'general';
  const archs = [{ key: 'kubernetes.io/arch', operator: 'In', values: ['amd64'] }];
  const affinity = {
    ...(general && features.virtual !== true
      ? {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchExpressions: archs }],
            },
          },
        }
      : {}),
    ...(features.antiAffinity === true
      ? { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } }
      : {}),
  };
  return Object.keys(affinity).length === 0 ? null : affinity;
}

function tolerationsOf({ kind, pool, features }: Workload): readonly JsonObject[] {
  if (kind === 'Static') return [{ operator: 'Exists', effect: 'NoExecute' }];
  if (kind === 'DaemonSet') return [{ operator: 'Exists' }, ...DAEMON_TOLERATIONS];
  const { taint = null } = pool ?? {};
  return [
    ...(taint === null
      ? []
      : [{ key: taint.key, operator: 'Equal', value: taint.value ?? '', effect: 'NoSchedule' }]),
    ...(features.virtual === true
      ? [{ key: 'virtual-kubelet.io/provider', operator: 'Exists', effect: 'NoSchedule' }]
      : []),
    ...EVICTION_TOLERATIONS,
  ];
}

function spread(name: string): readonly JsonObject[] {
  return [
    {
      maxSkew: 1,
      topologyKey: 'topology.kubernetes.io/zone',
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: { app: name } },
    },
  ];
}

export function cpuText(milli: number): string {
  return milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`;
}

export function memoryText(mebi: number): string {
  return mebi % 1024 === 0 ? `${mebi / 1024}Gi` : `${mebi}Mi`;
}

export function overheadOf({ features }: Workload): JsonObject | null {
  if (features.overhead !== true) return null;
  return { cpu: cpuText(OVERHEAD.cpuMilli), memory: memoryText(OVERHEAD.memoryMi) };
}
