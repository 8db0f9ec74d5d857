/** What a run of the matrix found out, as docs/faults.md shows it. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as prettier from 'prettier';

/** What became of one run. */
export interface Outcome {
  /** Of the command. */
  readonly exit: number;
  /** How it got there: tries and waits, or the sentence that it ends with. */
  readonly says: string;
  readonly requests: number;
  /** What the store holds for whoever reads it. */
  readonly sees: string;
}

export interface Line extends Outcome {
  readonly fault: string;
  /** Where it was met: "nodes, JSON". */
  readonly on: string;
}

export interface Section {
  readonly title: string;
  readonly intro: string;
  readonly lines: readonly Line[];
}

const file = path.join(import.meta.dirname, '..', '..', 'docs', 'faults.md');

export async function writeDocument(sections: readonly Section[]): Promise<void> {
  await writeFile(file, await documentOf(sections));
}

export async function readDocument(): Promise<string> {
  return readFile(file, 'utf8');
}

export async function documentOf(sections: readonly Section[]): Promise<string> {
  const text = [
    '# Faults',
    'What a run of `kube-binpack snapshot` does when something goes wrong, and what a reader of the store then sees. Every line was run: `npm test` runs them all against the code, compares them with what is expected (test/faults/), and fails where this page differs; `npm run docs:faults` writes it.',
    'A snapshot is whole or absent. *Whole* means that summary and rows were read back by the reader that all commands use, checksums checked, and are equal to those of a run without any fault. After each line the slot was run once more without the fault: it then had its snapshot, once.',
    ...sections.flatMap(({ title, intro, lines }) => [
      `## ${title}`,
      intro,
      tableOf(['fault', 'met by', 'exit', 'how it ends', 'requests', 'a reader sees'], lines.map(cellsOf)),
    ]),
  ].join('\n\n');
  return prettier.format(text, { ...(await prettier.resolveConfig(file)), parser: 'markdown' });
}

/** Lines of one fault that end alike are one. */
export function merged(lines: readonly Line[]): Line[] {
  const byOutcome = new Map<string, Line[]>();
  for (const line of lines) {
    const { on: _on, ...rest } = line;
    const key = JSON.stringify(rest);
    byOutcome.set(key, [...(byOutcome.get(key) ?? []), line]);
  }
  return [...byOutcome.values()].map((alike) => {
    const [first] = alike;
    if (first === undefined) throw new Error('no line is alike to none');
    return { ...first, on: together(alike.map(({ on }) => on)) };
  });
}

/** "nodes, JSON" and "pods, JSON" -> "nodes and pods, JSON"; "" for all that there are. */
function together(places: readonly string[]): string {
  const parts = places.map((place) => place.split(', '));
  const columns = (parts[0] ?? []).map((_, index) => [...new Set(parts.map((part) => part[index]))]);
  return columns.map((column) => column.join(' and ')).join(', ');
}

function cellsOf({ fault, on, exit, says, requests, sees }: Line): string[] {
  return [fault, on, String(exit), says, String(requests), sees];
}

function tableOf(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

function escaped(text: string): string {
  return text.replaceAll(/[|<*_`]/g, String.raw`\$&`);
}
