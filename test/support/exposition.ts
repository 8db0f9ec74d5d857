/**
 * A reader of Prometheus' text format 0.0.4, written from its description and from what promtool refuses; none of our
 * own code. It throws at the first line that a scrape would refuse.
 */
import assert from 'node:assert/strict';

export interface ExpositionFamily {
  readonly help: string;
  readonly type: string;
  readonly samples: { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

const nameText = '[a-zA-Z_:][a-zA-Z0-9_:]*';

export function readExposition(text: string): ReadonlyMap<string, ExpositionFamily> {
  assert.ok(text === '' || text.endsWith('\n'), 'the last line ends with a line feed');
  assert.ok(!text.includes('\r'), 'lines end with a line feed alone');
  const families = new Map<string, ExpositionFamily>();
  const seen = new Set<string>();
  let help: readonly [name: string, text: string] | null = null;
  let current: string | null = null;
  for (const line of text.split('\n').slice(0, -1)) {
    const [, kind, about = '', rest = ''] = new RegExp(`^# (HELP|TYPE) (${nameText}) (.*)$`).exec(line) ?? [];
    if (kind === 'HELP') {
      assert.ok(!families.has(about), `one group of lines for each metric: ${line}`);
      assert.doesNotMatch(rest, /\\(?![\\n])/, `a backslash in a help text is escaped: ${line}`);
      help = [about, rest];
    } else if (kind === 'TYPE') {
      assert.equal(help?.[0], about, `its help stands before it: ${line}`);
      assert.match(rest, /^(?:counter|gauge|histogram|summary|untyped)$/, line);
      assert.ok(!(rest === 'gauge' && about.endsWith('_total')), `a gauge is no _total: ${line}`);
      families.set(about, { help: help?.[1] ?? '', type: rest, samples: [] });
      current = about;
    } else {
      const [, name = '', , labelText = '', value = ''] =
        new RegExp(`^(${nameText})(\\{(.*)\\})? (\\S+)$`).exec(line) ?? [];
      assert.notEqual(name, '', `not a sample: ${line}`);
      assert.equal(name, current, `samples stand below their own TYPE: ${line}`);
      assert.match(value, /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|[+-]Inf|NaN)$/i, line);
      const labels = readLabels(labelText, line);
      const series = JSON.stringify([name, Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
      assert.ok(!seen.has(series), `given twice: ${line}`);
      seen.add(series);
      families.get(name)?.samples.push({ labels, value: Number(value.replace('Inf', 'Infinity')) });
    }
  }
  return families;
}

function readLabels(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  const pair = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y;
  while (pair.lastIndex < text.length) {
    const [, name, value = ''] = pair.exec(text) ?? [];
    assert.ok(name !== undefined, `labels cannot be read: ${line}`);
    assert.ok(!Object.hasOwn(labels, name), `a label given twice: ${line}`);
    assert.ok(!name.startsWith('__'), `a label of Prometheus' own: ${line}`);
    labels[name] = value.replaceAll(/\\(["\\n])/g, (_all, escaped: string) =>
      escaped === 'n' ? '\n' : escaped,
    );
  }
  return labels;
}
