/** What is installed is what was looked at: exact versions, no scripts but those that are named, and a list of it all. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const root = path.join(import.meta.dirname, '..');

interface Package {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
}

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly dev?: boolean;
  readonly link?: boolean;
}

const read = (name: string): unknown => JSON.parse(readFileSync(path.join(root, name), 'utf8')) as unknown;
const { dependencies, devDependencies, allowScripts } = read('package.json') as Package;
const locked = Object.entries((read('package-lock.json') as { packages: Record<string, Locked> }).packages)
  .filter(([place]) => place !== '')
  .map(([place, about]) => ({
    name: place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length),
    ...about,
  }));

test('dependencies are of exact versions', () => {
  const ranges = Object.entries({ ...dependencies, ...devDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version),
  );
  assert.deepEqual(ranges, []);
});

test('every package that is installed has a version and a checksum', () => {
  assert.ok(locked.length > 100);
  assert.deepEqual(
    locked.filter(
      ({ version, integrity }) => version === undefined || integrity?.startsWith('sha512-') !== true,
    ),
    [],
  );
});

test('a package that would run a script when it is installed is named, and none of them is shipped', () => {
  const scripted = locked.filter(({ hasInstallScript }) => hasInstallScript === true);
  assert.deepEqual(scripted.map(({ name }) => name).toSorted(), Object.keys(allowScripts).toSorted());
  assert.ok(scripted.every(({ dev }) => dev === true));
});

test('npm run sbom names all that is shipped, from the lock file, without a network', async () => {
  const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'sbom', '--', '--offline'], {
    cwd: root,
    maxBuffer: 2 ** 24,
  });
  const { bomFormat, components } = JSON.parse(stdout) as {
    bomFormat: string;
    components: { purl: string; properties?: { name: string; value: string }[] }[];
  };
  assert.equal(bomFormat, 'CycloneDX');
  const isShipped = ({ properties = [] }: (typeof components)[number]): boolean =>
    !properties.some(({ name, value }) => name === 'cdx:npm:package:development' && value === 'true');
  const named = (list: typeof components): string[] =>
    list.map(({ purl }) => decodeURIComponent(purl.replace('pkg:npm/', '').replace(/\?.*$/, ''))).toSorted();
  const installed = (list: typeof locked): string[] =>
    [...new Set(list.map(({ name, version }) => `${name}@${version}`))].toSorted();
  // npm's own --omit dev leaves out what both the product and its tools need, so that all is listed, and marked
  const shipped = locked.filter(({ dev }) => dev !== true);
  assert.deepEqual([...new Set(named(components.filter(isShipped)))], installed(shipped));
  assert.deepEqual([...new Set(named(components))], installed(locked));
  for (const [name, version] of Object.entries(dependencies))
    assert.ok(named(components.filter(isShipped)).includes(`${name}@${version}`), name);
});
