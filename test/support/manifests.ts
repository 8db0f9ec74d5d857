/** Manifests as tools render them, and what the API's own types say of them. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as api from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';

const run = promisify(execFile);

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** The standard output of a command as manifests, sorted by kind and name; rejects with what it said. */
export async function manifestsOf(command: string, ...args: readonly string[]): Promise<Manifest[]> {
  const { stdout } = await run(command, args, { maxBuffer: 2 ** 24 });
  const manifests = parseAllDocuments(stdout)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
  return manifests.toSorted((a, b) => idOf(a).localeCompare(idOf(b)));
}

export function idOf({ kind, metadata }: Manifest): string {
  return `${kind}/${metadata.name}`;
}

/** Whether a program is on the PATH; tells loudly, once, of one that is not. */
export async function has(program: string, ...version: readonly string[]): Promise<boolean> {
  try {
    await run(program, version);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    console.error(`NOT RUN: the tests that need ${program}, which is not on the PATH`);
    return false;
  }
}

type TypeMap = readonly { readonly baseName: string; readonly type: string }[];
const models = api as unknown as Readonly<
  Record<string, { getAttributeTypeMap?: () => TypeMap } | undefined>
>;
const modelOfKind: Readonly<Record<string, string>> = {
  PriorityLevelConfiguration: 'V1PriorityLevelConfiguration',
};

/** Fields that the API does not know, and values of another type than it wants; of Kubernetes 1.36, as the client is. */
export function typeProblems(manifest: Manifest): string[] {
  return problemsOf(manifest, modelOfKind[manifest.kind] ?? `V1${manifest.kind}`, manifest.kind);
}

function problemsOf(value: unknown, type: string, path: string): string[] {
  const list = /^(?:Set|Array)<(.*)>$/.exec(type)?.[1];
  if (list !== undefined) {
    if (!Array.isArray(value)) return [`${path}: not a list`];
    return value.flatMap((item, index) => problemsOf(item, list, `${path}[${index}]`));
  }
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
  if (map !== undefined) {
    return Object.entries(value as object).flatMap(([key, item]) => problemsOf(item, map, `${path}.${key}`));
  }
  const model = models[type];
  if (model?.getAttributeTypeMap === undefined) return scalarProblems(value, type, path);
  if (typeof value !== 'object' || value === null) return [`${path}: not an object`];
  const fields = new Map(model.getAttributeTypeMap().map((field) => [field.baseName, field.type]));
  return Object.entries(value).flatMap(([name, item]) => {
    const field = fields.get(name);
    return field === undefined ? [`${path}.${name}: unknown`] : problemsOf(item, field, `${path}.${name}`);
  });
}

function scalarProblems(value: unknown, type: string, path: string): string[] {
  const wanted: Readonly<Record<string, readonly string[]>> = {
    string: ['string'],
    number: ['number'],
    boolean: ['boolean'],
    IntOrString: ['string', 'number'],
  };
  const types = wanted[type];
  if (types === undefined) return [`${path}: of a type ${type} that is not known here`];
  return types.includes(typeof value) ? [] : [`${path}: ${typeof value}, not ${type}`];
}
