/** No engine is needed: the Dockerfile's steps are run as it says, where only what .dockerignore lets through is. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { suite, test } from 'node:test';
import { promisify } from 'node:util';
import { temporaryFolder } from '../support/kubeconfig.ts';

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '..', '..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const manifest = JSON.parse(read('package.json')) as { version: string; devDependencies: { node: string } };

interface Instruction {
  readonly name: string;
  readonly value: string;
}

const instructions: readonly Instruction[] = read('infra/Dockerfile')
  .replaceAll(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => ({ name: line.split(' ', 1)[0] ?? '', value: line.slice(line.indexOf(' ') + 1) }));

const valuesOf = (wanted: string): string[] =>
  instructions.filter(({ name }) => name === wanted).map(({ value }) => value);

suite('the image', () => {
  test('is Node 24 and the bundle, for a user who is not root, without a shell', () => {
    assert.deepEqual(valuesOf('FROM'), [
      `node:${manifest.devDependencies.node}-bookworm-slim AS build`,
      'gcr.io/distroless/nodejs24-debian12:nonroot',
    ]);
    const second = instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'));
    assert.deepEqual(
      second.filter(({ name }) => ['RUN', 'ADD', 'SHELL'].includes(name)),
      [],
    );
    assert.deepEqual(
      second.filter(({ name }) => name === 'COPY').map(({ value }) => value),
      ['--from=build /src/dist ./'],
    );
    assert.deepEqual(valuesOf('USER'), ['65532:65532']);
    assert.deepEqual(valuesOf('ENTRYPOINT'), ['["/nodejs/bin/node", "/app/cli.js"]']);
    assert.match(valuesOf('LABEL')[0] ?? '', new RegExp(`image\\.version="${manifest.version}"`));
  });

  test('is made by its steps, twice the same, and runs with nothing beside it', async (t) => {
    const folder = temporaryFolder(t);
    const made: string[] = [];
    for (const name of ['first', 'second']) {
      const source = folder.at(name);
      mkdirSync(source);
      for (const kept of read('.dockerignore').matchAll(/^!(.*)$/gm))
        cpSync(path.join(root, kept[1] ?? ''), path.join(source, kept[1] ?? ''), { recursive: true });
      const steps = valuesOf('RUN');
      assert.equal(steps[0], 'npm ci --ignore-scripts');
      symlinkSync(path.join(root, 'node_modules'), path.join(source, 'node_modules'));
      for (const step of steps.slice(1))
        await run('/bin/sh', ['-ec', step], {
          cwd: source,
          env: { PATH: process.env['PATH'], SOURCE_DATE_EPOCH: '0' },
        });
      made.push(path.join(source, 'dist'));
    }
    const [first = '', second = ''] = made;
    const files = readdirSync(first);
    assert.deepEqual(files, readdirSync(second));
    for (const file of files) {
      assert.ok(readFileSync(path.join(first, file)).equals(readFileSync(path.join(second, file))), file);
      assert.equal(statSync(path.join(first, file)).mtimeMs, 0, file);
    }
    const app = folder.at('app');
    cpSync(first, app, { recursive: true });
    const { stdout, stderr } = await run(process.execPath, [path.join(app, 'cli.js'), '--version'], {
      cwd: app,
      env: {},
    });
    assert.deepEqual([stdout, stderr], [`${manifest.version}\n`, '']);
  });
});
