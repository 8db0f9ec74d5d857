/** `npm run package`, first part: the function's zip. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { packageLambda } from './lambda.ts';

const outdir = path.join(import.meta.dirname, '..', 'dist', 'lambda');
await mkdir(outdir, { recursive: true });
const { code, zip } = await packageLambda();
await writeFile(path.join(outdir, 'lambda.zip'), zip);
const kilobytes = (bytes: Uint8Array): number => Math.round(bytes.length / 1000);
console.log(`dist/lambda/lambda.zip  ${kilobytes(zip)} kB, of ${kilobytes(code)} kB`);
