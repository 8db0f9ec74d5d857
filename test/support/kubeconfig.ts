import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';

type Fields = Readonly<Record<string, unknown>>;

/** A kubeconfig with one context, cluster and user of one name; only what a test is about needs saying. */
export function kubeconfig(
  about: { readonly name?: string; readonly cluster?: Fields; readonly user?: Fields } & Fields = {},
): Fields {
  const { name = 'prod', cluster, user, ...rest } = about;
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server: 'https://10.0.0.1:6443', ...cluster } }],
    users: [{ name, user: user ?? {} }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    ...rest,
  };
}

/** A folder that the test's end removes. `write` takes text, or a value that becomes JSON (which YAML includes). */
export function temporaryFolder(t: TestContext): {
  readonly at: (name: string) => string;
  readonly write: (name: string, content: string | Fields, mode?: number) => string;
} {
  const folder = mkdtempSync(path.join(tmpdir(), 'kube-binpack-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const at = (name: string): string => path.join(folder, name);
  return {
    at,
    write(name, content, mode = 0o600) {
      const file = at(name);
      writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content), { mode });
      return file;
    },
  };
}
