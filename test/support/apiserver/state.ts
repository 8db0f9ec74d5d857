import { encodeMessage } from './protobuf.ts';
import { keepText } from './slab.ts';
import { goJson, type KubeObject } from './objects.ts';

export type Kind = 'nodes' | 'pods';
export type Encoding = 'json' | 'protobuf';

/** Objects by index, made anew at each call, so that a large cluster need not exist as JavaScript objects. */
export interface ObjectSource {
  readonly length: number;
  readonly nameAt: (index: number) => { readonly name: string; readonly namespace?: string };
  readonly at: (index: number) => KubeObject;
}

const MESSAGE = { nodes: 'Node', pods: 'Pod' } as const;

/** One object of one revision; its bytes are made when first asked for and kept. */
export class StoredObject {
  /** The etcd key below the resource's prefix: `name` or `namespace/name`. Lists are in its order. */
  readonly key: string;
  readonly #kind: Kind;
  readonly #load: () => KubeObject;
  readonly #encoded: { [encoding in Encoding]?: Buffer } = {};

  constructor(kind: Kind, key: string, load: () => KubeObject) {
    this.#kind = kind;
    this.key = key;
    this.#load = load;
  }

  object(): KubeObject {
    return this.#load();
  }

  bytes(encoding: Encoding): Buffer {
    return (this.#encoded[encoding] ??=
      encoding === 'json'
        ? keepText(goJson(this.#load()))
        : encodeMessage(MESSAGE[this.#kind], this.#load()));
  }
}

/** The whole cluster at one resource version; never changes. */
export interface Revision {
  readonly number: number;
  readonly nodes: readonly StoredObject[];
  readonly pods: readonly StoredObject[];
}

/** What a change may do to the cluster. Objects are replaced whole. */
export interface Draft {
  readonly put: (kind: Kind, object: KubeObject) => void;
  readonly remove: (kind: Kind, name: string, namespace?: string) => void;
}

/** The revisions of a cluster, as etcd keeps them: old ones stay readable until they are compacted. */
export class ClusterState {
  #revisions: Revision[];
  #expiredBelow: number;

  constructor(initial: {
    readonly nodes: ObjectSource | readonly KubeObject[];
    readonly pods: ObjectSource | readonly KubeObject[];
    readonly resourceVersion: number;
  }) {
    this.#expiredBelow = initial.resourceVersion;
    this.#revisions = [
      {
        number: initial.resourceVersion,
        nodes: store('nodes', initial.nodes),
        pods: store('pods', initial.pods),
      },
    ];
  }

  get current(): Revision {
    const newest = this.#revisions.at(-1);
    if (newest === undefined) throw new Error('a cluster has at least one revision');
    return newest;
  }

  /** The cluster as it was at a resource version up to the current one; null when that was compacted away. */
  at(resourceVersion: number): Revision | null {
    if (resourceVersion < this.#expiredBelow) return null;
    return this.#revisions.findLast(({ number }) => number <= resourceVersion) ?? null;
  }

  /** Changes the cluster and gives the new resource version: the next one, or the one asked for. */
  mutate(change: (draft: Draft) => void, resourceVersion: number = this.current.number + 1): number {
    if (resourceVersion <= this.current.number) throw new Error('resource versions only grow');
    const contents = { nodes: byKey(this.current.nodes), pods: byKey(this.current.pods) };
    change({
      put: (kind, object) => {
        const key = keyOf(object.metadata);
        contents[kind].set(key, new StoredObject(kind, key, () => object));
      },
      remove: (kind, name, namespace) => {
        const key = keyOf({ name, ...(namespace === undefined ? {} : { namespace }) });
        if (!contents[kind].delete(key)) throw new Error(`there is no ${key} among the ${kind}`);
      },
    });
    this.#revisions.push({
      number: resourceVersion,
      nodes: inOrder([...contents.nodes.values()]),
      pods: inOrder([...contents.pods.values()]),
    });
    return resourceVersion;
  }

  /** Forgets all revisions but the current one, as etcd's compaction does every five minutes. */
  compact(): void {
    this.#revisions = [this.current];
    this.#expiredBelow = this.current.number;
  }

  /** Encodes every object now, so that serving pages takes next to no CPU from then on. */
  warm(encodings: readonly Encoding[]): void {
    for (const stored of [...this.current.nodes, ...this.current.pods]) {
      for (const encoding of encodings) stored.bytes(encoding);
    }
  }
}

function keyOf({ name, namespace }: { readonly name: string; readonly namespace?: string }): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function byKey(objects: readonly StoredObject[]): Map<string, StoredObject> {
  return new Map(objects.map((stored) => [stored.key, stored]));
}

function store(kind: Kind, source: ObjectSource | readonly KubeObject[]): readonly StoredObject[] {
  const { length, nameAt, at } = 'nameAt' in source ? source : fromArray(source);
  return inOrder(
    Array.from({ length }, (_, index) => new StoredObject(kind, keyOf(nameAt(index)), () => at(index))),
  );
}

function fromArray(objects: readonly KubeObject[]): ObjectSource {
  const at = (index: number): KubeObject => {
    const object = objects[index];
    if (object === undefined) throw new RangeError(`there is no object ${index}`);
    return object;
  };
  return { length: objects.length, at, nameAt: (index) => at(index).metadata };
}

function inOrder(objects: StoredObject[]): readonly StoredObject[] {
  return objects.sort((a, b) => (a.key < b.key ? -1 : 1));
}
