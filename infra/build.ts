/** `npm run build`: the command line in dist/. */
import path from 'node:path';
import { bundleCli } from './cli.ts';

const sizes = await bundleCli(path.join(import.meta.dirname, '..', 'dist'));
for (const [file, bytes] of sizes) console.log(`${file}  ${Math.round(bytes / 1000)} kB`);
