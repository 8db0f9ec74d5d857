/** docs/security.md promises nothing that no test holds. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { suite, test } from 'node:test';

const docs = path.join(import.meta.dirname, '..', 'docs');
const lines = readFileSync(path.join(docs, 'security.md'), 'utf8').split('\n');
const statements = lines.filter((line) => line.startsWith('- '));

interface Named {
  readonly file: string;
  readonly titles: readonly string[];
}

/** `[file](../file): ` and the titles behind it, in backticks. */
function testsOf(statement: string): Named[] {
  return [...statement.matchAll(/\[[^\]]+\]\(([^)]+)\): ((?:`[^`]+`(?:; )?)+)/g)].map(
    ([, file = '', titles = '']) => ({
      file,
      titles: [...titles.matchAll(/`([^`]+)`/g)].map(([, title = '']) => title),
    }),
  );
}

/** In the name of a test, a suite or a target of the fuzzer: in no comment, and of none that is skipped. */
function hasTest(source: string, title: string): boolean {
  const names = /(?:(?<![.\w])(?:test|suite)\(\s*|\bholds:\s*)(['"`])((?:\\.|(?!\1)[^\\])*)\1/g;
  return [...source.matchAll(names)].some(([, , name = '']) => name.includes(title));
}

suite('docs/security.md', () => {
  test('has statements', () => assert.ok(statements.length > 30, `${statements.length} statements`));

  for (const statement of statements)
    test(`${statement.slice(2, 70)}...: its tests exist`, () => {
      const named = testsOf(statement);
      assert.notEqual(named.length, 0, 'it names no test');
      for (const { file, titles } of named) {
        assert.ok(existsSync(path.join(docs, file)), `there is no ${file}`);
        const source = readFileSync(path.join(docs, file), 'utf8');
        for (const title of titles) assert.ok(hasTest(source, title), `${file} has no test "${title}"`);
      }
    });
});
