/** `npm run build`: the command line as one file in dist/, its rarely needed parts in chunks beside it. */
import { chmod, rm } from 'node:fs/promises';
import path from 'node:path';
import { build, bundleOptions } from './bundle.ts';

const root = path.join(import.meta.dirname, '..');
const outdir = path.join(root, 'dist');

/** An old Node gets a sentence, not a stack. */
const versionCheck = `const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  console.error('kube-binpack needs Node 22.19 or newer; this is ' + process.version);
  process.exit(2);
}`;

await rm(outdir, { recursive: true, force: true });
const { metafile } = await build({
  ...bundleOptions,
  absWorkingDir: root,
  entryPoints: { cli: 'functions/cli.ts' },
  outdir,
  // a native library, which is installed beside the bundle or not at all
  external: ['@duckdb/node-api'],
  // client-node and yaml are imported on demand, and so become files of their own
  splitting: true,
  legalComments: 'linked',
  banner: { js: `${bundleOptions.banner.js}\n${versionCheck}` },
  metafile: true,
});
await chmod(path.join(outdir, 'cli.js'), 0o755);
for (const [file, { bytes }] of Object.entries(metafile.outputs)) {
  if (file.endsWith('.js')) console.log(`${file}  ${Math.round(bytes / 1000)} kB`);
}
