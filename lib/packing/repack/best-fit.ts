/**
 * The nodes that pods may go to, the fullest first: a pod's best fit by the weighted sum is the first that takes it.
 * Nodes of equal room stand in the order of the rows.
 */
export class NodesByRoom {
  private readonly size: Float64Array;
  private readonly order: Int32Array;
  private length: number;

  /** Sizes are of what is free, by node. */
  constructor(nodes: readonly number[], sizes: Float64Array) {
    this.size = sizes;
    this.order = Int32Array.from(nodes).sort((a, b) => this.compare(a, b));
    this.length = nodes.length;
  }

  /** The first node, of those with at least so much room, that the visitor accepts; -1: none. */
  find(size: number, accepts: (node: number) => boolean): number {
    // sums of floats, so one last bit may be missing
    for (let at = this.firstFrom(size * (1 - 1e-9)); at < this.length; at++) {
      const node = this.order[at] as number;
      if (accepts(node)) return node;
    }
    return -1;
  }

  update(node: number, size: number): void {
    this.remove(node);
    this.insert(node, size);
  }

  remove(node: number): void {
    const at = this.positionOf(node);
    this.order.copyWithin(at, at + 1, this.length);
    this.length -= 1;
  }

  insert(node: number, size: number): void {
    this.size[node] = size;
    const at = this.positionOf(node);
    this.order.copyWithin(at + 1, at, this.length);
    this.order[at] = node;
    this.length += 1;
  }

  private compare(a: number, b: number): number {
    return (this.size[a] as number) - (this.size[b] as number) || a - b;
  }

  private positionOf(node: number): number {
    return this.search((other) => this.compare(other, node) < 0);
  }

  private firstFrom(size: number): number {
    return this.search((other) => (this.size[other] as number) < size);
  }

  private search(isBefore: (node: number) => boolean): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(this.order[middle] as number)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
