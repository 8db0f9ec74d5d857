/** Whole numbers below 2^32 that come one by one: four bytes each, where an array of pairs takes twenty times as much. */
export class Column {
  private items = new Uint32Array(1024);
  private size = 0;

  get length(): number {
    return this.size;
  }

  push(value: number): void {
    if (this.size === this.items.length) {
      const items = new Uint32Array(this.size * 2);
      items.set(this.items);
      this.items = items;
    }
    this.items[this.size] = value;
    this.size += 1;
  }

  /** What has come so far; not a copy. */
  values(): Uint32Array {
    return this.items.subarray(0, this.size);
  }
}
