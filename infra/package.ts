/** `npm run package`, first half: the function's zip, and the resources that serverless.yml takes from the tables. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { resources } from './aws/resources.ts';
import { packageLambda } from './lambda.ts';

const outdir = path.join(import.meta.dirname, '..', 'dist', 'lambda');
await mkdir(outdir, { recursive: true });
const { code, zip } = await packageLambda();
await writeFile(path.join(outdir, 'lambda.zip'), zip);
await writeFile(
  path.join(outdir, 'resources.json'),
  `${JSON.stringify({ Resources: resources() }, null, 2)}\n`,
);
const kilobytes = (bytes: Uint8Array): number => Math.round(bytes.length / 1000);
console.log(`dist/lambda/lambda.zip  ${kilobytes(zip)} kB, of ${kilobytes(code)} kB`);
