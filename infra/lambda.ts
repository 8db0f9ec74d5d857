/** The Lambda function as one file, and that file as a zip. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { zipSync } from 'fflate';
import { build, bundleOptions } from './bundle.ts';

const root = path.join(import.meta.dirname, '..');

/** Zip knows no earlier day; the same sources give the same bytes. */
const epoch = new Date('1980-01-01T12:00:00Z');

export interface LambdaPackage {
  readonly code: Uint8Array;
  readonly zip: Uint8Array;
}

/** dist/lambda/lambda.zip, where serverless.yml looks for it. */
export async function writeLambda(): Promise<LambdaPackage> {
  const made = await packageLambda();
  const outdir = path.join(root, 'dist', 'lambda');
  await mkdir(outdir, { recursive: true });
  await writeFile(path.join(outdir, 'lambda.zip'), made.zip);
  return made;
}

export async function packageLambda(): Promise<LambdaPackage> {
  const { outputFiles } = await build({
    ...bundleOptions,
    absWorkingDir: root,
    // of the ways to credentials, Lambda has one: the other ones are a tenth of the bundle
    alias: { '@aws-sdk/credential-provider-node': './functions/lambda-credentials.ts' },
    entryPoints: ['functions/lambda.ts'],
    outfile: 'lambda.mjs',
    write: false,
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error('esbuild wrote nothing');
  return { code: file.contents, zip: zipSync({ 'lambda.mjs': [file.contents, { mtime: epoch, level: 9 }] }) };
}
