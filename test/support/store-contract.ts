/** What every Store must do, whatever it keeps its objects in. */
import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { StoreError } from '../../lib/errors.ts';
import type { Store } from '../../lib/store/store.ts';

const { signal } = new AbortController();
const bytes = (text: string): Buffer => Buffer.from(text);

/** `open` gives a new, empty store for each test. */
export function storeContract(name: string, open: (t: TestContext) => Store | Promise<Store>): void {
  suite(`${name} keeps the contract of a store`, () => {
    test('an object is read as it was created, byte by byte', async (t) => {
      const store = await open(t);
      const everyByte = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
      assert.equal(await store.create('a/b.bin', everyByte, signal), true);
      const read = await store.read('a/b.bin', signal);
      assert.ok(Buffer.isBuffer(read));
      assert.deepEqual(read, everyByte);
    });

    test('only the viewed part of a buffer is stored, and later changes to it are not', async (t) => {
      const store = await open(t);
      const whole = bytes('beforeINSIDEafter');
      await store.create('part', whole.subarray(6, 12), signal);
      whole.fill(0);
      assert.equal(String(await store.read('part', signal)), 'INSIDE');
    });

    test('an object that is not there is null', async (t) => {
      const store = await open(t);
      assert.equal(await store.read('a', signal), null);
      assert.equal(await store.read('a/b/c', signal), null);
      await store.create('a/b/c', bytes('c'), signal);
      assert.equal(await store.read('a/b/d', signal), null);
      assert.equal(await store.read('A/B/C', signal), null, 'keys differ by case');
    });

    test('the beginning of a key is not an object', async (t) => {
      const store = await open(t);
      await store.create('a/b/c', bytes('c'), signal);
      assert.equal(await store.read('a/b', signal), null);
      await store.remove('a/b', signal);
      assert.equal(String(await store.read('a/b/c', signal)), 'c');
    });

    test('a key that exists is not written again', async (t) => {
      const store = await open(t);
      assert.equal(await store.create('a/b', bytes('first'), signal), true);
      assert.equal(await store.create('a/b', bytes('second'), signal), false);
      assert.equal(await store.create('a/b', bytes('first'), signal), false, 'not even with the same bytes');
      assert.equal(String(await store.read('a/b', signal)), 'first');
      assert.deepEqual(await keysOf(store), ['a/b']);
    });

    test('of eight that create one key at once exactly one wins, and its bytes stay', async (t) => {
      const store = await open(t);
      for (let round = 0; round < 5; round++) {
        const key = `slot/${round}`;
        const racers = Array.from({ length: 8 }, (_, racer) => Buffer.alloc(50_000, 65 + racer));
        const won = await Promise.all(racers.map((content) => store.create(key, content, signal)));
        assert.equal(won.filter(Boolean).length, 1, String(won));
        assert.deepEqual(await store.read(key, signal), racers[won.indexOf(true)]);
      }
      assert.equal((await keysOf(store)).length, 5);
    });

    test('a reader sees nothing of an object, or all of it; a large one comes back whole', async (t) => {
      const store = await open(t);
      const large = Buffer.alloc(5 * 1024 * 1024, 'kube-binpack ');
      const state = { done: false };
      const creating = store.create('large', large, signal).finally(() => (state.done = true));
      while (!state.done) {
        const listed = await keysOf(store);
        const read = await store.read('large', signal);
        assert.ok(read === null || read.equals(large), `read ${read?.length} of ${large.length} bytes`);
        if (listed.length > 0) assert.ok(read !== null, 'what is listed is there');
        await setImmediate();
      }
      assert.equal(await creating, true);
      assert.ok((await store.read('large', signal))?.equals(large));
    });

    test('an empty object is an object', async (t) => {
      const store = await open(t);
      assert.equal(await store.create('empty', bytes(''), signal), true);
      assert.deepEqual(await store.read('empty', signal), bytes(''));
      assert.equal(await store.create('empty', bytes('x'), signal), false);
      assert.deepEqual(await keysOf(store), ['empty']);
    });

    test('a list is ascending by key, whatever the order of creation', async (t) => {
      const store = await open(t);
      for (const key of ['b', 'a/b/c', 'a/a', 'c/a', 'a/c', 'a/b/a', 'B'])
        await store.create(key, bytes(key), signal);
      assert.deepEqual(await keysOf(store), ['B', 'a/a', 'a/b/a', 'a/b/c', 'a/c', 'b', 'c/a']);
    });

    test('a list is ascending where one name begins with another: a slash sorts behind - and .', async (t) => {
      const store = await open(t);
      const keys = ['prod-eu/1', 'prod.json', 'prod/1', 'prod/2', 'prod0/1'];
      for (const key of keys.toReversed()) await store.create(key, bytes(key), signal);
      assert.deepEqual(await keysOf(store), keys);
    });

    test('a list below a prefix has nothing of its neighbours', async (t) => {
      const store = await open(t);
      assert.deepEqual(await keysOf(store), []);
      for (const key of ['a/1', 'a/2/3', 'ab/1', 'b/a/1']) await store.create(key, bytes(key), signal);
      assert.deepEqual(await keysOf(store, 'a/'), ['a/1', 'a/2/3']);
      assert.deepEqual(await keysOf(store, 'a/2/'), ['a/2/3']);
      assert.deepEqual(await keysOf(store, 'b/'), ['b/a/1']);
      assert.deepEqual(await keysOf(store, 'c/d/'), []);
    });

    test('the folders right below a prefix are named once each, ascending as their keys are', async (t) => {
      const store = await open(t);
      assert.deepEqual(await foldersOf(store, 'a/'), []);
      for (const key of ['a/b/1', 'a/b/2', 'a/b-c/1', 'a/x', 'a/d/e/f', 'b/1', 'ab/1'])
        await store.create(key, bytes(key), signal);
      assert.deepEqual(await foldersOf(store, 'a/'), ['b-c', 'b', 'd']);
      assert.deepEqual(await foldersOf(store, 'a/d/'), ['e']);
      assert.deepEqual(await foldersOf(store, ''), ['a', 'ab', 'b']);
      assert.deepEqual(await foldersOf(store, 'nowhere/'), []);
      await assert.rejects(foldersOf(store, '../'), StoreError);
      const reason = new Error('told to stop');
      await assert.rejects(foldersOf(store, 'a/', AbortSignal.abort(reason)), reason);
    });

    test('a list that is left early is no error', async (t) => {
      const store = await open(t);
      for (const key of ['a', 'b', 'c']) await store.create(key, bytes(key), signal);
      for await (const key of store.list('', signal)) {
        assert.equal(key, 'a');
        break;
      }
    });

    test('a thousand objects are all listed, once each', async (t) => {
      const store = await open(t);
      const keys = Array.from({ length: 1100 }, (_, index) => `v1/${String(index).padStart(4, '0')}`);
      for (let at = 0; at < keys.length; at += 50) {
        await Promise.all(keys.slice(at, at + 50).map((key) => store.create(key, bytes(''), signal)));
      }
      assert.deepEqual(await keysOf(store), keys);
    });

    test('what is removed is gone, may be removed again, and may be created anew', async (t) => {
      const store = await open(t);
      await store.remove('never/there', signal);
      await store.create('a/b', bytes('first'), signal);
      await store.create('a/c', bytes('stays'), signal);
      await store.remove('a/b', signal);
      await store.remove('a/b', signal);
      assert.equal(await store.read('a/b', signal), null);
      assert.deepEqual(await keysOf(store), ['a/c']);
      assert.equal(await store.create('a/b', bytes('second'), signal), true);
      assert.equal(String(await store.read('a/b', signal)), 'second');
    });

    test('odd keys are kept letter by letter', async (t) => {
      const store = await open(t);
      const odd = [
        'cluster=arn%3Aaws%3Aeks%3Aeu-west-1%3A123456789012%3Acluster%2Fprod/x.json',
        'with space/and\ttab',
        'ünïcödé/日本語/🚀',
        'a=b&c?d#e',
        'per%cent%25',
        `quo'te"s`,
        'back\\slash',
        '.hidden/file',
        'three.../dots...',
        '-dash/--help',
        '*/[a-z]/{x}/$HOME/~',
        `long/${'x'.repeat(200)}`,
      ];
      for (const key of odd) assert.equal(await store.create(key, bytes(key), signal), true, key);
      for (const key of odd) assert.equal(String(await store.read(key, signal)), key);
      assert.deepEqual(new Set(await keysOf(store)), new Set(odd));
      for (const key of odd) await store.remove(key, signal);
      assert.deepEqual(await keysOf(store), []);
    });

    test('a key that climbs out of the store is refused', async (t) => {
      const store = await open(t);
      for (const key of ['..', '../x', 'a/../../x', '../../../etc/passwd']) {
        await assert.rejects(store.create(key, bytes('x'), signal), StoreError, `create ${key}`);
        await assert.rejects(store.read(key, signal), StoreError, `read ${key}`);
        await assert.rejects(store.remove(key, signal), StoreError, `remove ${key}`);
      }
      await assert.rejects(keysOf(store, '../'), StoreError, 'list ../');
      assert.deepEqual(await keysOf(store), []);
    });

    test('an aborted signal stops everything with its reason, and nothing is written', async (t) => {
      const store = await open(t);
      await store.create('there', bytes('x'), signal);
      const reason = new Error('told to stop');
      const aborted = AbortSignal.abort(reason);
      await assert.rejects(store.create('new', bytes('x'), aborted), reason);
      await assert.rejects(store.read('there', aborted), reason);
      await assert.rejects(keysOf(store, '', aborted), reason);
      await assert.rejects(store.remove('there', aborted), reason);
      assert.deepEqual(await keysOf(store), ['there']);
    });

    test('an abort in the middle leaves the whole object or none', async (t) => {
      const store = await open(t);
      const content = Buffer.alloc(1024 * 1024, 'x');
      const reason = new Error('told to stop');
      for (let turns = 0; turns < 8; turns++) {
        const control = new AbortController();
        const key = `object/${turns}`;
        const creating = store.create(key, content, control.signal).then(
          (created) => created,
          (error: unknown) => error,
        );
        for (let turn = 0; turn < turns; turn++) await setImmediate();
        control.abort(reason);
        const outcome = await creating;
        assert.ok(outcome === true || outcome === reason, String(outcome));
        const read = await store.read(key, signal);
        assert.ok(read === null || read.equals(content));
        if (outcome === true) assert.ok(read !== null);
        // over a network, what was under way may still arrive: then all of it
        const listed = (await keysOf(store, 'object/')).includes(key);
        if (read !== null) assert.ok(listed);
        else if (listed) assert.ok((await store.read(key, signal))?.equals(content));
        await store.remove(key, signal);
      }
    });

    test('it says where it is, for people', async (t) => {
      assert.match((await open(t)).location, /\S/);
    });
  });
}

export async function keysOf(store: Store, prefix = '', within: AbortSignal = signal): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.list(prefix, within)) keys.push(key);
  return keys;
}

function foldersOf(store: Store, prefix: string, within: AbortSignal = signal): Promise<string[]> {
  return Array.fromAsync(store.folders(prefix, within));
}
