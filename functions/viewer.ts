/** What the report carries: its script and its style. They lie beside the bundle; from sources they are bundled now. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Asset, Viewer } from '../lib/report/html/document.ts';

export async function readViewer(): Promise<Viewer> {
  const { script, style } = await (import.meta.filename.endsWith('.ts') ? bundleNow() : readBundled());
  return { script: assetOf(script), style: assetOf(style) };
}

interface Texts {
  readonly script: string;
  readonly style: string;
}

async function readBundled(): Promise<Texts> {
  const text = async (name: string): Promise<string> =>
    readFile(path.join(import.meta.dirname, name), 'utf8');
  const [script, style] = await Promise.all([text('viewer.js'), text('viewer.css')]);
  return { script, style };
}

/** By an address that is put together, or the bundle would hold the bundler. */
async function bundleNow(): Promise<Texts> {
  const address = new URL('../infra/viewer.ts', import.meta.url);
  const { bundleViewer } = (await import(address.href)) as { bundleViewer: () => Promise<Texts> };
  return bundleViewer();
}

function assetOf(text: string): Asset {
  return { text, sha256: createHash('sha256').update(text).digest('base64') };
}

export function pack(text: string): string {
  return gzipSync(text, { level: 9 }).toString('base64');
}
