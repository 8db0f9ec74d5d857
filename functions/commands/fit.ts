import { ConfigError } from '../../lib/errors.ts';
import type { Pod } from '../../lib/model/pod.ts';
import type { WorkloadRow } from '../../lib/model/snapshot.ts';
import { headroom, type Headroom, type PodShape, type PoolHeadroom } from '../../lib/packing/headroom.ts';
import { shapeLike, shapeOfPod } from '../../lib/packing/shape.ts';
import { formatExact, formatNumber, formatPercent, formatReasons } from '../../lib/report/format.ts';
import { renderView, type View } from '../../lib/report/view.ts';
import { podFromFlags, podFromManifest } from '../candidate.ts';
import type { Command, Context } from '../command.ts';
import { textOption } from '../options.ts';
import { rowsAt, rowSettings, type Rows } from '../rows.ts';

export const fitCommand: Command = {
  name: 'fit',
  summary: 'count how many more pods of a shape fit, by node pool, and what stops the next one',
  settings: rowSettings,
  options: [
    ['--cpu <quantity>', 'cores that the pod asks for, such as 2 or 500m'],
    ['--memory <quantity>', 'memory, such as 4Gi'],
    ['--gpu <n>', 'devices of nvidia.com/gpu'],
    ['--request <name=quantity,...>', 'any other resource'],
    ['--selector <key=value,...>', 'labels that the node must have'],
    ['--tolerate <taint,...>', 'taints that it tolerates: key, key=value or key=value:effect'],
    ['-f, --file <file>', 'a Pod, or a Deployment, StatefulSet, Job or CronJob, instead of the flags'],
    ['--like <namespace/name>', 'one more pod of a workload that runs'],
    [
      '--at <snapshot>',
      'a stored snapshot instead of the cluster: latest, one as list names it, or a time such as "2d ago" (now)',
    ],
    ['--nodes', 'a line for each node instead of each pool'],
  ],
  examples: [
    ['kube-binpack fit --cpu 2 --memory 4Gi', 'in the cluster of the current context, now'],
    ['kube-binpack fit --cpu 2 --memory 4Gi --at latest', 'in the newest snapshot, and without a cluster'],
    ['kube-binpack fit --cpu 2 --exclude placeholder', 'as if placeholder pods had made way'],
    ['kube-binpack fit --cpu 8 --gpu 1 --tolerate nvidia.com/gpu:NoSchedule', 'on GPU nodes'],
    ['kube-binpack fit --like shop/checkout --at "2d ago"', 'how many more of a workload, two days ago'],
    ['kube-binpack fit --file deployment.yaml --nodes', 'node by node'],
  ],
  async run(context) {
    const { config, options, write, table } = context;
    // what is wrong with it is said before anybody is asked
    const candidate = await candidateOf(context);
    const { about, nodes, workloads } = await rowsAt(context, textOption(options, 'at') ?? 'now');
    const shape =
      typeof candidate === 'string' ? shapeOfLike(candidate, about, workloads) : shapeOfPod(candidate, about);
    const found = headroom({ nodes, workloads }, shape);
    if (config.output === 'json')
      return write(
        `${JSON.stringify({ cluster: about.cluster, snapshotId: about.snapshotId, shape, ...found }, null, 2)}\n`,
      );
    for (const note of found.notes) context.log.info(note);
    if (config.output === 'table') write(`${headline(about, shape, found)}\n\n`);
    if (options['nodes'] === true) write(renderView(nodesView(found), config.output, table));
    else write(renderView(poolsView(found.pools), config.output, table));
  },
};

const shapeFlags = ['cpu', 'memory', 'gpu', 'request', 'selector', 'tolerate'] as const;

/** The pod that the flags or the file ask about, or the name of a workload to ask about one more of. */
async function candidateOf({ options }: Context): Promise<Pod | string> {
  const [file, like] = [textOption(options, 'file'), textOption(options, 'like')];
  if (file !== null && like !== null) throw new ConfigError('give --file or --like, not both');
  const flag = shapeFlags.find((name) => options[name] !== undefined);
  if (flag !== undefined && (file !== null || like !== null))
    throw new ConfigError(
      `--${flag} is for a pod made of flags: leave it out, or --${file === null ? 'like' : 'file'}`,
    );
  if (file !== null) return podFromManifest(file);
  return like ?? podFromFlags(options);
}

function shapeOfLike(like: string, about: Rows['about'], workloads: readonly WorkloadRow[]): PodShape {
  const found = workloads.filter(({ namespace, name }) => `${namespace}/${name}` === like);
  // of several rows of one workload, the one with the most pods is what it mostly is
  const [most] = found.toSorted((a, b) => b.pods - a.pods);
  if (most === undefined)
    throw new ConfigError(
      `there is no workload ${like} in ${about.cluster} at ${about.snapshotId}: see show --workloads`,
    );
  return shapeLike(most);
}

function headline(
  { cluster, snapshotId }: Rows['about'],
  { requests }: PodShape,
  { total, loss }: Headroom,
): string {
  const asked = Object.entries(requests)
    .filter(([name, amount]) => name !== 'pods' && amount > 0)
    .map(([name, amount]) => `${name} ${formatExact(name, amount)}`);
  const lost = loss === null ? '' : `; ${formatPercent(loss)} of what is free in sum is lost to fragments`;
  return `${cluster} at ${snapshotId}: ${formatNumber(total)} more pods of ${asked.join(', ') || 'no requests'} fit${lost}`;
}

function poolsView(pools: readonly PoolHeadroom[]): View<PoolHeadroom> {
  return {
    rows: pools,
    columns: [
      {
        key: 'pool',
        title: 'NODE POOL',
        flexible: true,
        text: ({ pool }) => pool ?? '-',
        value: ({ pool }) => pool,
      },
      {
        key: 'nodes',
        title: 'NODES',
        align: 'right',
        text: ({ nodes }) => formatNumber(nodes),
        value: ({ nodes }) => nodes,
      },
      {
        key: 'fits',
        title: 'FITS',
        align: 'right',
        text: ({ fits }) => formatNumber(fits),
        value: ({ fits }) => fits,
      },
      {
        key: 'stoppedBy',
        title: 'THE NEXT IS STOPPED BY (NODES)',
        flexible: true,
        least: 30,
        text: ({ stoppedBy }) => formatReasons(stoppedBy),
      },
    ],
  };
}

function nodesView({ nodes }: Headroom): View<Headroom['nodes'][number]> {
  return {
    rows: nodes,
    columns: [
      { key: 'node', title: 'NODE', flexible: true, least: 30, text: ({ node }) => node },
      {
        key: 'fits',
        title: 'FITS',
        align: 'right',
        text: ({ fits }) => formatNumber(fits),
        value: ({ fits }) => fits,
      },
      { key: 'stoppedBy', title: 'THE NEXT IS STOPPED BY', text: ({ stoppedBy }) => stoppedBy },
    ],
  };
}
