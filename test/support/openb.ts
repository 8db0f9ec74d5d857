/**
 * A production cluster: the GPU trace of Weng et al., "Beware of Fragmentation" (USENIX ATC '23), with a placement made
 * for it, as model objects. It is read where it lies beside the checkout and is no part of the project.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Node } from '../../lib/model/node.ts';
import type { Pod } from '../../lib/model/pod.ts';
import { createFold, type Packing } from '../../lib/packing/fold.ts';
import { semanticsFor } from '../../lib/scheduler/semantics.ts';
import { constraints, node, pod } from './builders.ts';

const folder = fileURLToPath(new URL('../../../shared/traces/openb', import.meta.url));

/** For `skip`: why tests of the trace do not run; false where it is there. */
export const openbMissing: string | false = existsSync(folder)
  ? false
  : 'NOT RUN: the trace openb is not beside this checkout (../shared/traces)';

/** The pods as they are, or a third of them bound to models of GPUs. */
export type OpenbList = 'default' | 'gpuspec33';

export const gpuMilli = 'alibabacloud.com/gpu-milli';
const gpuModel = 'alibabacloud.com/gpu-card-model';
const gpus = 'nvidia.com/gpu';

export interface Openb {
  readonly nodes: readonly Node[];
  /** Without a node where the placement left them out. */
  readonly pods: readonly Pod[];
  /** By node: what is free of each of its devices, in thousandths. */
  readonly freeDevicesMilli: ReadonlyMap<string, readonly number[]>;
}

export function readOpenb(list: OpenbList): Openb {
  const nodeRows = table('openb_node_list_all_node.csv');
  const podRows = table(`openb_pod_list_${list}.csv`);
  const placement = new Map(
    table(`derived_placement_${list}.csv`).map(({ name = '', node: on = '', gpu_index: devices = '' }) => [
      name,
      { on, devices: devices === '' ? [] : devices.split('-').map(Number) },
    ]),
  );
  const free = new Map(
    nodeRows.map(({ sn = '', gpu }) => [sn, Array.from({ length: Number(gpu) }, () => 1000)]),
  );
  const pods = podRows.map((row): Pod => {
    const { on = '', devices = [] } = placement.get(row['name'] ?? '') ?? {};
    const ofNode = free.get(on);
    for (const device of devices)
      if (ofNode !== undefined) ofNode[device] = (ofNode[device] ?? 0) - Number(row['gpu_milli']);
    return podOf(row, on === '' ? null : on);
  });
  return { nodes: nodeRows.map(nodeOf), pods, freeDevicesMilli: free };
}

export function packOpenb({ nodes, pods }: Pick<Openb, 'nodes' | 'pods'>): Packing {
  const fold = createFold(nodes, semanticsFor(36).semantics);
  for (const each of pods) fold.add(each);
  return fold.result();
}

type Row = Readonly<Record<string, string>>;

function nodeOf({ sn = '', cpu_milli: cpu, memory_mib: memory, gpu, model = '' }: Row): Node {
  return node({
    name: sn,
    labels: {
      'kubernetes.io/hostname': sn,
      'node.kubernetes.io/instance-type': `${cpu}-${memory}-${gpu}`,
      'topology.kubernetes.io/zone': `zone-${Number(sn.slice(-4)) % 3}`,
      ...(model !== '' && { [gpuModel]: model }),
    },
    conditions: [{ type: 'Ready', status: 'True' }],
    allocatable: {
      cpu: `${cpu}m`,
      memory: `${memory}Mi`,
      pods: '110',
      [gpus]: `${gpu}`,
      [gpuMilli]: `${Number(gpu) * 1000}`,
    },
  });
}

/** Pods of one shape are of one ReplicaSet. */
function podOf(row: Row, nodeName: string | null): Pod {
  const {
    name = '',
    cpu_milli: cpu,
    memory_mib: memory,
    num_gpu: count,
    gpu_milli: milli,
    gpu_spec: spec = '',
  } = row;
  const shape = [cpu, memory, count, milli, spec].join('-');
  return pod({
    name,
    nodeName,
    controller: { kind: 'ReplicaSet', name: `shape-${shape}` },
    requests: {
      cpu: `${cpu}m`,
      memory: `${memory}Mi`,
      ...(Number(count) > 0 && { [gpuMilli]: `${Number(count) * Number(milli)}` }),
    },
    constraints: constraints({
      nodeAffinity:
        spec === ''
          ? null
          : [
              {
                matchExpressions: [{ key: gpuModel, operator: 'In', values: spec.split('|') }],
                matchFields: [],
              },
            ],
    }),
  });
}

function table(file: string): Row[] {
  const [head = '', ...lines] = readFileSync(path.join(folder, file), 'utf8').trim().split('\n');
  const names = head.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(names.map((name, column) => [name, cells[column] ?? '']));
  });
}
