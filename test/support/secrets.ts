/**
 * The secrets that tests use, in whatever form they may come out. Every command line that a test starts, the packaged
 * Lambda, every log that is recorded, all that a run stores and all that it publishes is searched for them.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Passwords, tokens, keys of AWS and proxies in tests have one of these in them. */
const words = ['hunter2', 'fixture-'] as const;

/** How base64 writes a text, wherever in what is encoded it stands: without the characters that its neighbours share. */
function inBase64(text: string): string[] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.from(`${' '.repeat(before)}${text}`).toString('base64');
    const bits = 8 * (before + text.length);
    return encoded.slice(Math.ceil((8 * before) / 6), Math.floor(bits / 6));
  });
}

const forms = [
  'hunter2',
  String.raw`fixture-\w+-token`,
  ...words.flatMap(inBase64),
  ...words.map((word) => Buffer.from(word).toString('hex')),
  // a private key or a certificate, and its base64 in a kubeconfig
  '-----BEGIN',
  'LS0tLS1CRUdJTi',
  // what signs a request to AWS, and the token of EKS that is one
  String.raw`k8s-aws-v1\.[\w-]{8}`,
  'X-Amz-Signature=',
  String.raw`token(?:/|%2F)of(?:\+|%2B)\d`,
  String.raw`Bearer [\w.~+/-]{8}`,
];
const secrets = new RegExp(forms.join('|'));

/** Throws where a text holds a secret; the failure names the text, and what was found with a little around it. */
export function assertNoSecrets(texts: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(texts)) {
    const found = secrets.exec(text);
    if (found === null) continue;
    const around = text.slice(Math.max(0, found.index - 60), found.index + found[0].length + 20);
    assert.fail(`a secret came out in ${name}: ${JSON.stringify(around)}`);
  }
}

/** What is stored: gzipped or plain. */
export function assertNoSecretsIn(name: string, bytes: Buffer): void {
  const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  assertNoSecrets({ [name]: (zipped ? gunzipSync(bytes) : bytes).toString('utf8') });
}

/** A day's Parquet is compressed in its own way; its rows were searched where they were written. */
const isSearched = (file: string): boolean => /\.(?:json|ndjson\.gz|prom|html)$/.test(file);

/** Of the outputs below a folder, those that were written since; what else lies there is the test's own. */
export function assertNoSecretsWritten(folder: string, sinceMs: number): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (!entry.isFile() || !isSearched(entry.name)) continue;
    const { mtimeMs, size } = statSync(file);
    if (mtimeMs >= sinceMs && size < 4 * 2 ** 20) assertNoSecretsIn(file, readFileSync(file));
  }
}
