/** The command line as one file, its rarely needed parts in chunks beside it, and what its reports carry. */
import { chmod, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build, bundleOptions } from './bundle.ts';
import { bundleViewer } from './viewer.ts';

const root = path.join(import.meta.dirname, '..');

/** An old Node gets a sentence, not a stack. */
const versionCheck = `const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  console.error('kube-binpack needs Node 22.19 or newer; this is ' + process.version);
  process.exit(2);
}`;

/** In place of all that was in the folder; returns the size of each file of code. */
export async function bundleCli(outdir: string): Promise<ReadonlyMap<string, number>> {
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
  const { script, style } = await bundleViewer();
  // functions/viewer.ts looks for them there
  await writeFile(path.join(outdir, 'viewer.js'), script);
  await writeFile(path.join(outdir, 'viewer.css'), style);
  const code = Object.entries(metafile.outputs).filter(([file]) => file.endsWith('.js'));
  return new Map(code.map(([file, { bytes }]) => [file, bytes]));
}
