/** Pages of a list as a broken or hostile API server may send them, in both encodings. */
import assert from 'node:assert/strict';
import process from 'node:process';
import fc from 'fast-check';
import type { ListMeta } from '../../lib/cluster/decode/body.ts';
import { createNodeDecoder } from '../../lib/cluster/decode/protobuf-node.ts';
import { createPodDecoder } from '../../lib/cluster/decode/protobuf-pod.ts';
import { createQuantityReader } from '../../lib/cluster/decode/quantities.ts';
import { WireReader } from '../../lib/cluster/decode/wire.ts';
import type { Encoding } from '../../lib/cluster/page.ts';
import { DecodeError } from '../../lib/errors.ts';
import type { Node } from '../../lib/model/node.ts';
import type { Pod } from '../../lib/model/pod.ts';
import { nodeObjects, podObjects } from '../support/api-objects.ts';
import type { JsonObject } from '../support/apiserver/objects.ts';
import { messageHead } from '../support/apiserver/protobuf.ts';
import { decodeInto, inBoth, messageOf, protobufPage, recorded, type Kind } from '../support/decoding.ts';
import { within } from '../support/within.ts';
import { edited, edits, pieces } from './bytes.ts';
import { target } from './target.ts';

/** A hang is a case that takes this long; a slow machine needs milliseconds for one. */
const patienceMs = 5_000;
/** What decoders hold however little comes (their caches), and for each byte that does. */
const [fixedBytes, bytesPerByte] = [24 * 2 ** 20, 400];

const kinds = fc.constantFrom<Kind>('PodList', 'NodeList');
const objectsOf = (kind: Kind): fc.Arbitrary<JsonObject> => (kind === 'PodList' ? podObjects : nodeObjects);

interface Body {
  readonly kind: Kind;
  readonly body: Buffer;
}

/** Whole bodies, right or nearly so, to be spoiled. */
function bodies(
  encode: (kind: Kind, objects: readonly JsonObject[]) => Buffer,
  ids: readonly string[],
): fc.Arbitrary<Body> {
  const ours = kinds.chain((kind) =>
    fc.array(objectsOf(kind), { maxLength: 4 }).map((objects) => ({ kind, body: encode(kind, objects) })),
  );
  const theirs = fc.constantFrom(...ids).map((id) => recorded(id));
  return fc.oneof({ weight: 4, arbitrary: ours }, { weight: 1, arbitrary: theirs });
}

const spoiled = (whole: fc.Arbitrary<Body>): fc.Arbitrary<Body> =>
  fc.tuple(whole, edits).map(([{ kind, body }, changes]) => ({ kind, body: edited(body, changes) }));

interface Outcome {
  readonly metas: readonly ListMeta[];
  readonly items: readonly (Node | Pod)[];
  /** null: the list was whole. */
  readonly error: string | null;
}

/** A list or a DecodeError that points into the body; anything else is thrown on. */
function outcome({ kind, body }: Body, encoding: Encoding, chunks: readonly Buffer[]): Outcome {
  const page = { metas: [], items: [] };
  try {
    within(patienceMs, () => decodeInto(page, kind, encoding, chunks));
    return { ...page, error: null };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    assert.ok(error.offset >= 0 && error.offset <= body.length, error.message);
    return { ...page, error: error.message };
  }
}

/** In one piece and in many it is the same, and takes no more memory than its length explains. */
function checkPage(whole: Body, encoding: Encoding, sizes: readonly number[]): Outcome {
  const before = heldBytes();
  const inOne = outcome(whole, encoding, [whole.body]);
  const took = heldBytes() - before;
  assert.ok(took < fixedBytes + bytesPerByte * whole.body.length, `${took} bytes for ${whole.body.length}`);
  assert.deepStrictEqual(outcome(whole, encoding, pieces(whole.body, sizes)), inOne);
  return inOne;
}

/** What was collected meanwhile makes it less, never more. */
function heldBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const sizes = fc.array(fc.oneof(fc.nat(3), fc.nat(200)), { minLength: 1, maxLength: 8 });

const protobufBodies = fc.oneof(
  {
    weight: 1,
    arbitrary: fc
      .uint8Array({ maxLength: 300 })
      .map((bytes): Body => ({ kind: 'PodList', body: Buffer.from(bytes) })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(kinds, fc.uint8Array({ maxLength: 300 }))
      .map(([kind, bytes]): Body => ({ kind, body: protobufPage(kind, [Buffer.from(bytes)]) })),
  },
  {
    weight: 3,
    // the lengths around the item are right, so that what is wrong is found within it
    arbitrary: kinds.chain((kind) =>
      fc.tuple(objectsOf(kind), edits).map(([object, changes]) => ({
        kind,
        body: protobufPage(kind, [edited(messageOf(kind, object), changes)]),
      })),
    ),
  },
  {
    weight: 3,
    arbitrary: spoiled(
      bodies(
        (kind, objects) =>
          protobufPage(
            kind,
            objects.map((object) => messageOf(kind, object)),
          ),
        ['wire-pods-pb-l3', 'accept-pb-json', 'nodes-pb-l5-p3'],
      ),
    ),
  },
);

const field = (number: number, value: Buffer): Buffer =>
  Buffer.concat([messageHead(number, value.length), value]);

/** Of an item, by its path of field numbers: what may stand in it over and over, with another field between. */
const repeated = [
  [2, 7],
  [2, 22],
  [2, 33],
  [2, 1],
  [2, 2, 6],
  [2, 2],
  [2, 32],
  [3, 16],
  [3, 8],
  [3, 8, 10],
  [3, 1],
  [3, 4],
  [1, 12],
  [1, 11],
  [1, 13],
];

/** One item with tens of thousands of parts: what takes the square of their number takes minutes. */
const manyParts = fc
  .tuple(kinds, fc.constantFrom(...repeated), fc.integer({ min: 1, max: 60_000 }), fc.boolean())
  .map(([kind, fields, count, interrupted]): Body => {
    const [innermost = 1, ...outer] = fields.toReversed();
    const parts = Array.from({ length: count }, (_, index): Buffer => {
      const entry = field(
        1,
        Buffer.concat([field(1, Buffer.from(`k${index}`)), field(2, field(1, Buffer.from('x')))]),
      );
      const part = field(innermost, index % 2 === 0 ? entry.subarray(2) : entry);
      return interrupted ? Buffer.concat([part, Buffer.from('f80101', 'hex')]) : part;
    });
    const item = outer.reduce<Buffer>((inner, number) => field(number, inner), Buffer.concat(parts));
    return { kind, body: protobufPage(kind, [item]) };
  });

export const protobufTarget = target(
  {
    name: 'protobuf',
    holds: 'any bytes are a list or a DecodeError, in any pieces the same, in no time and bounded memory',
    runs: 250,
  },
  fc.tuple(protobufBodies, sizes),
  ([whole, cut]) => {
    checkPage(whole, 'protobuf', cut);
    checkBounds(whole.body);
  },
);

export const manyTarget = target(
  {
    name: 'many',
    holds: 'an item with tens of thousands of parts takes no longer than its length',
    runs: 12,
  },
  manyParts,
  (whole) => void checkPage(whole, 'protobuf', [16_384]),
);

/** What stands before and behind a message has no say in it. */
function checkBounds(message: Buffer): void {
  const seen = [0x00, 0x0a, 0xff].map((poison) => {
    const around = Buffer.alloc(32, poison);
    const bytes = Buffer.concat([around, message, around]);
    return [createPodDecoder, createNodeDecoder].map((create) => {
      const reader = new WireReader(bytes, 32, 32 + message.length, -32);
      try {
        return create(createQuantityReader())(reader);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        return error.message;
      }
    });
  });
  assert.deepStrictEqual(seen[1], seen[0]);
  assert.deepStrictEqual(seen[2], seen[0]);
}

const jsonText = fc.string({ unit: fc.constantFrom(...Array.from('{}[]",:\\ ae1-.u0\n')), maxLength: 60 });
const jsonBodies = fc.oneof(
  { weight: 1, arbitrary: jsonText.map((text): Body => ({ kind: 'PodList', body: Buffer.from(text) })) },
  {
    weight: 1,
    arbitrary: jsonText.map((text): Body => ({
      kind: 'PodList',
      body: Buffer.from(`{"kind":"PodList","items":[${text}`),
    })),
  },
  {
    weight: 3,
    arbitrary: spoiled(
      bodies(
        (kind, items) => Buffer.from(JSON.stringify({ kind, metadata: { resourceVersion: '7' }, items })),
        ['accept-none', 'ua-curl', 'nodes-json-l5-p3'],
      ),
    ),
  },
);

export const jsonTarget = target(
  {
    name: 'json',
    holds: 'any bytes are a list or a DecodeError, in any pieces the same, and a list is JSON',
    runs: 250,
  },
  fc.tuple(jsonBodies, sizes),
  ([whole, cut]) => {
    const { error, items } = checkPage(whole, 'json', cut);
    if (error !== null) return;
    const parsed = JSON.parse(whole.body.toString('utf8')) as { items?: unknown[] | null };
    assert.equal(parsed.items?.length ?? 0, items.length);
  },
);

export const decodersTarget = target(
  { name: 'decoders', holds: 'any pod and any node is the same in both encodings', runs: 250 },
  kinds.chain((kind) => fc.tuple(fc.constant(kind), objectsOf(kind))),
  ([kind, object]) => {
    const { protobuf, json } = inBoth(kind, object);
    // in the order of the fields, which differs
    const sorted = ({ problems, ...item }: Node | Pod): object => ({
      ...item,
      problems: problems.toSorted(),
    });
    assert.deepStrictEqual(sorted(protobuf), sorted(json));
  },
);
