import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { chmod, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { suite, test } from 'node:test';
import { StoreError } from '../../../lib/errors.ts';
import { createDirectoryStore } from '../../../lib/store/directory.ts';
import { temporaryFolder } from '../../support/kubeconfig.ts';
import { createMemoryStore } from '../../support/memory-store.ts';
import { keysOf, storeContract } from '../../support/store-contract.ts';

const { signal } = new AbortController();
const bytes = Buffer.from('content\n');

storeContract('the directory store', (t) => createDirectoryStore(temporaryFolder(t).at('snapshots')));
storeContract('the memory store', () => createMemoryStore());

suite('the directory store', () => {
  test('a key is a path below the directory, which is made when it is first written to', async (t) => {
    const folder = temporaryFolder(t);
    const store = createDirectoryStore(folder.at('new/snapshots'));
    assert.deepEqual(await keysOf(store), []);
    assert.deepEqual(readdirSync(folder.at('')), [], 'reading makes nothing');
    await store.create('v1/summary/x.json', bytes, signal);
    assert.deepEqual(await readFile(folder.at('new/snapshots/v1/summary/x.json')), bytes);
  });

  test('it is called as the user called it', () => {
    assert.equal(createDirectoryStore('./snapshots').location, './snapshots');
  });

  test('nothing but the object is left behind by those who created it and those who were too late', async (t) => {
    const folder = temporaryFolder(t);
    const store = createDirectoryStore(folder.at('store'));
    await Promise.all(Array.from({ length: 8 }, () => store.create('a/b', bytes, signal)));
    assert.deepEqual(readdirSync(folder.at('store/a')), ['b']);
  });

  test('a temporary file that a killed run left is not listed, and does not disturb the next', async (t) => {
    const folder = temporaryFolder(t);
    const store = createDirectoryStore(folder.at('store'));
    await store.create('a/b.json', bytes, signal);
    writeFileSync(folder.at('store/a/.c.json.0123456789ab.tmp'), 'half of an obj');
    assert.deepEqual(await keysOf(store), ['a/b.json']);
    assert.equal(await store.read('a/c.json', signal), null);
    assert.equal(await store.create('a/c.json', bytes, signal), true);
    assert.deepEqual(await keysOf(store), ['a/b.json', 'a/c.json']);
  });

  test('a file in the place of the directory is named, with what to do', async (t) => {
    const folder = temporaryFolder(t);
    const file = folder.write('notes.txt', 'mine');
    const sentence = (doing: string): RegExp =>
      new RegExp(`^could not ${doing}: ${file} is, or runs through, a file: name a directory with --out$`);
    const store = createDirectoryStore(file);
    await rejectsWith(store.create('v1/x', bytes, signal), sentence(`write v1/x below ${file}`));
    await rejectsWith(store.read('v1/x', signal), sentence(`read v1/x below ${file}`));
    await rejectsWith(keysOf(store), sentence(`list ${file}`));
    await rejectsWith(keysOf(store, 'v1/summary/'), sentence(`list ${file}`));
    assert.equal(await readFile(file, 'utf8'), 'mine');
  });

  test('a file on the way to the directory is a mistake too', async (t) => {
    const folder = temporaryFolder(t);
    folder.write('notes.txt', 'mine');
    const store = createDirectoryStore(folder.at('notes.txt/snapshots'));
    await rejectsWith(store.create('x', bytes, signal), /runs through, a file: name a directory/);
    await rejectsWith(keysOf(store), /runs through, a file: name a directory/);
  });

  test('a directory that may not be written to is named, with what to do', async (t) => {
    if (process.getuid?.() === 0) {
      t.diagnostic('SKIPPED: root may write everywhere, so a read-only directory cannot be tried as root');
      return t.skip('root may write everywhere');
    }
    const folder = temporaryFolder(t);
    mkdirSync(folder.at('store'));
    await chmod(folder.at('store'), 0o555);
    t.after(() => chmod(folder.at('store'), 0o755));
    const store = createDirectoryStore(folder.at('store'));
    await rejectsWith(
      store.create('v1/x', bytes, signal),
      /^could not write v1\/x below .*store: permission denied: choose a directory you may write to with --out$/,
    );
    assert.deepEqual(await keysOf(store), []);
  });

  test('a name that is too long for the file system is one sentence without the system call', async (t) => {
    const store = createDirectoryStore(temporaryFolder(t).at('store'));
    const key = `cluster=${'%E6%9C%AC'.repeat(30)}/x.json`;
    await assert.rejects(store.create(key, bytes, signal), (error: Error) => {
      assert.match(error.message, /^could not write cluster=.* too long/);
      assert.doesNotMatch(error.message, /ENAMETOOLONG|mkdir|lstat/);
      return true;
    });
  });

  test('what others put there is listed but for directories, links and temporary files', async (t) => {
    const folder = temporaryFolder(t);
    const store = createDirectoryStore(folder.at('store'));
    await store.create('v1/a', bytes, signal);
    mkdirSync(folder.at('store/v1/empty/deep'), { recursive: true });
    writeFileSync(folder.at('store/.DS_Store'), '');
    assert.deepEqual(await keysOf(store), ['.DS_Store', 'v1/a']);
  });

  test('an object is readable like any file that the user makes', async (t) => {
    const folder = temporaryFolder(t);
    const store = createDirectoryStore(folder.at('store'));
    await store.create('a', bytes, signal);
    writeFileSync(folder.at('other'), '');
    assert.equal((await stat(folder.at('store/a'))).mode, (await stat(folder.at('other'))).mode);
    assert.equal((await stat(folder.at('store/a'))).nlink, 1, 'the temporary name is gone');
  });

  test('a place that takes no folders is told at once', { timeout: 10_000 }, async () => {
    const store = createDirectoryStore('/proc/kube-binpack');
    await rejectsWith(
      store.create('a/b', bytes, signal),
      /^could not write a\/b below \/proc\/kube-binpack: (?:no directory can be made there|permission denied|the file system)/,
    );
  });

  test('a relative directory stays where it was when the process goes elsewhere', async (t) => {
    const folder = temporaryFolder(t);
    const before = process.cwd();
    t.after(() => process.chdir(before));
    process.chdir(folder.at(''));
    const store = createDirectoryStore('store');
    process.chdir(path.parse(before).root);
    await store.create('a', bytes, signal);
    assert.deepEqual(readdirSync(folder.at('store')), ['a']);
  });
});

async function rejectsWith(promise: Promise<unknown>, message: RegExp): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof StoreError, String(error));
    assert.match(error.message, message);
    return true;
  });
}
