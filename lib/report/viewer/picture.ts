/** The packing picture: a canvas for each node pool, which tells of the node under the pointer or the cursor. */
import type { PictureData, PictureResource, PoolData } from '../html/data.ts';
import { element } from './dom.ts';
import { draw } from './draw.ts';
import { blocksOf, layOut, type Layout } from './layout.ts';

export interface PictureNames {
  node(at: number): string;
  workload(at: number): string;
  /** The reader wants to know more of it. */
  choose(node: number): void;
}

export function showPicture(into: HTMLElement, picture: PictureData, names: PictureNames): void {
  const [first] = picture.resources;
  if (first === undefined) return;
  let resource = first;
  const told = element('output', { className: 'told', textContent: hint });
  const tell = (pool: PoolData, node: number): void => {
    told.value = describe(node, pool, resource, picture, names);
  };
  const pools = picture.pools.map((pool) =>
    showPool(pool, picture, { tell, choose: (node) => names.choose(node), resource: () => resource }),
  );
  const choices = picture.resources.map((each) => {
    const input = element('input', { type: 'radio', name: 'resource', checked: each === first });
    input.addEventListener('change', () => {
      resource = each;
      for (const { redraw } of pools) redraw();
    });
    return element('label', {}, input, ` ${each.name}`);
  });
  into.replaceChildren(
    element('fieldset', {}, element('legend', {}, 'Boxes by'), ...choices),
    told,
    ...pools.map(({ section }) => section),
  );
  if (picture.cut)
    into.append(
      element(
        'p',
        { className: 'note' },
        'Of each node the largest workloads are drawn; the rest is one grey block.',
      ),
    );
  const redrawAll = (): void => {
    for (const { redraw } of pools) redraw();
  };
  new ResizeObserver(redrawAll).observe(into);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redrawAll);
}

const hint =
  'Point at a box, or move with the arrow keys once a picture is focused; Enter shows the node in the table.';

interface PoolPorts {
  tell(pool: PoolData, node: number): void;
  choose(node: number): void;
  resource(): PictureResource;
}

function showPool(
  pool: PoolData,
  picture: PictureData,
  ports: PoolPorts,
): { readonly section: HTMLElement; readonly redraw: () => void } {
  const total = picture.pools.reduce((sum, { nodes }) => sum + nodes.length, 0);
  let layout: Layout = { boxes: [], perRow: 1, height: 0 };
  let cursor = -1;
  const canvas = element('canvas', { tabIndex: 0, role: 'img' });
  canvas.ariaLabel = `${pool.name}: ${pool.nodes.length} nodes, drawn as boxes; the table of node pools says the same in numbers`;
  const mark = element('span', { className: 'cursor', hidden: true });
  const frame = element('div', { className: 'boxes' }, canvas, mark);
  const section = element(
    'section',
    { className: 'pool' },
    element('h3', {}, element('bdi', { textContent: pool.name }), ` (${pool.nodes.length})`),
    frame,
  );

  function moveTo(index: number): void {
    const box = layout.boxes[index];
    if (box === undefined) return;
    cursor = index;
    mark.hidden = false;
    Object.assign(mark.style, {
      left: `${box.x}px`,
      top: `${box.y}px`,
      width: `${box.width}px`,
      height: `${box.height}px`,
    });
    ports.tell(pool, box.node);
  }
  const boxAt = (event: MouseEvent): number =>
    layout.boxes.findIndex(
      ({ x, y, width, height }) =>
        event.offsetX >= x && event.offsetX <= x + width && event.offsetY >= y && event.offsetY <= y + height,
    );
  canvas.addEventListener('pointermove', (event) => moveTo(boxAt(event)));
  canvas.addEventListener('click', (event) => choose(boxAt(event)));
  canvas.addEventListener('focus', () => moveTo(Math.max(0, cursor)));
  canvas.addEventListener('blur', () => (mark.hidden = true));
  canvas.addEventListener('keydown', (event) => {
    const steps: Readonly<Record<string, number>> = {
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: layout.perRow,
      ArrowUp: -layout.perRow,
      Home: -cursor,
      End: layout.boxes.length - 1 - cursor,
    };
    const step = steps[event.key];
    if (event.key === 'Enter') choose(cursor);
    if (step === undefined) return;
    event.preventDefault();
    moveTo(cursor + step);
  });

  function choose(index: number): void {
    const box = layout.boxes[index];
    if (box !== undefined) ports.choose(box.node);
  }
  function redraw(): void {
    const width = frame.clientWidth;
    const resource = ports.resource();
    layout = layOut(pool.nodes, resource, { width, total });
    draw({ canvas, layout, resource, picture, width });
    mark.hidden = true;
  }
  return { section, redraw };
}

const named = 4;

function describe(
  node: number,
  pool: PoolData,
  resource: PictureResource,
  picture: PictureData,
  names: PictureNames,
): string {
  const blocks = blocksOf(node, resource, picture);
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  const workloads = blocks.filter(({ kind }) => kind === 'workload').toSorted((a, b) => b.share - a.share);
  const shareOf = (kind: string): number => blocks.find((block) => block.kind === kind)?.share ?? 0;
  const rest = workloads.slice(named).reduce((sum, { share }) => sum + share, shareOf('other'));
  const parts = [
    ...workloads
      .slice(0, named)
      .map(({ workload, share }) => `${names.workload(workload ?? 0)} ${percent(share)}`),
    ...(rest > 0 ? [`other pods ${percent(rest)}`] : []),
    ...(shareOf('daemonSet') > 0 ? [`DaemonSets ${percent(shareOf('daemonSet'))}`] : []),
    picture.stranded[node] === null
      ? `free but not usable ${percent(shareOf('free'))}`
      : `stranded ${percent(shareOf('stranded'))}, free otherwise ${percent(shareOf('free'))}`,
  ];
  return `${names.node(node)} (${pool.name}), ${resource.name}: ${parts.join(', ')}`;
}
