/** `npm run conformance -- DIR`: runs every vector in DIR, names what differs, ends with one line of counts. */
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import {
  checkCluster,
  checkFit,
  checkPod,
  checkQuantity,
  type ClusterVector,
  type FitVector,
  type PodVector,
  type QuantityVector,
} from './vectors.ts';

const checks: Readonly<Record<string, (vector: unknown) => string[]>> = {
  quantities: (vector) => checkQuantity(vector as QuantityVector),
  pods: (vector) => checkPod(vector as PodVector),
  clusters: (vector) => checkCluster(vector as ClusterVector),
  fit: (vector) => checkFit(vector as FitVector),
};

export interface Outcome {
  readonly passed: number;
  readonly failed: number;
}

/** Runs all `KIND.ndjson.gz` files of a folder; `report` gets a line for each vector that differs. */
export async function runVectors(directory: string, report: (line: string) => void): Promise<Outcome> {
  let [passed, failed] = [0, 0];
  const files = (await readdir(directory)).filter((file) => file.endsWith('.ndjson.gz')).sort();
  for (const file of files) {
    const check = checks[file.slice(0, -'.ndjson.gz'.length)];
    if (check === undefined) throw new Error(`${file}: no check for vectors of this kind`);
    const lines = createInterface({
      input: createReadStream(path.join(directory, file)).pipe(createGunzip()),
    });
    for await (const line of lines) {
      const vector = JSON.parse(line) as { name?: string; s?: string };
      const differences = check(vector);
      if (differences.length === 0) passed += 1;
      else {
        failed += 1;
        report(`${file} ${vector.name ?? JSON.stringify(vector.s)}: ${differences.join('; ')}`);
      }
    }
  }
  return { passed, failed };
}

if (import.meta.main) {
  const directory = process.argv[2];
  if (directory === undefined) {
    console.error('usage: npm run conformance -- DIR');
    process.exitCode = 2;
  } else {
    const { passed, failed } = await runVectors(directory, (line) => console.log(line));
    console.log(`${passed} passed, ${failed} failed`);
    process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
  }
}
