/** `npm run build`: the command line as one file in dist/, its rarely needed parts in chunks beside it. */
import { chmod, rm } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';

const root = path.join(import.meta.dirname, '..');
const outdir = path.join(root, 'dist');

/** Some packages are CommonJS inside and call require for Node's own modules; an old Node gets a sentence, not a stack. */
const banner = `import { createRequire as createRequire_ } from 'node:module';
const require = createRequire_(import.meta.url);
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  console.error('kube-binpack needs Node 22.19 or newer; this is ' + process.version);
  process.exit(2);
}`;

await rm(outdir, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: { cli: 'functions/cli.ts' },
  outdir,
  bundle: true,
  // client-node and yaml are imported on demand, and so become files of their own
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.19',
  mainFields: ['module', 'main'],
  minify: true,
  legalComments: 'linked',
  banner: { js: banner },
  metafile: true,
  logLevel: 'warning',
});
await chmod(path.join(outdir, 'cli.js'), 0o755);
for (const [file, { bytes }] of Object.entries(metafile.outputs)) {
  if (file.endsWith('.js')) console.log(`${file}  ${Math.round(bytes / 1000)} kB`);
}
