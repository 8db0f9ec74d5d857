import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readExposition } from './exposition.ts';

const head = '# HELP a What it is.\n# TYPE a gauge\n';

suite("the reader of Prometheus' text", () => {
  test('reads families, labels and values', () => {
    const families = readExposition(
      `${head}a{x="1\\"\\\\\\n",y=""} 1e-3\na +Inf\n# HELP b B\n# TYPE b gauge\nb 0\n`,
    );
    assert.deepEqual(families.get('a'), {
      help: 'What it is.',
      type: 'gauge',
      samples: [
        { labels: { x: '1"\\\n', y: '' }, value: 0.001 },
        { labels: {}, value: Infinity },
      ],
    });
    assert.deepEqual([...families.keys()], ['a', 'b']);
  });

  const wrong: readonly (readonly [what: string, text: string])[] = [
    ['no line feed at the end', `${head}a 1`],
    ['no value', `${head}a\n`],
    ['a value that is none', `${head}a null\n`],
    ['a quote that is not escaped', `${head}a{x="""} 1\n`],
    ['a backslash that escapes nothing', `${head}a{x="\\y"} 1\n`],
    ['a label twice', `${head}a{x="1",x="2"} 1\n`],
    ['a label that is no name', `${head}a{x-y="1"} 1\n`],
    ['a name that is none', '# HELP a-b B\n# TYPE a-b gauge\na-b 1\n'],
    ['a series twice', `${head}a{x="1",y="2"} 1\na{y="2",x="1"} 2\n`],
    ['a family in two groups', `${head}a 1\n# HELP b B\n# TYPE b gauge\nb 1\n${head}a{x="1"} 1\n`],
    ['a sample below another TYPE', `${head}b 1\n`],
    ['a sample without TYPE', 'a 1\n'],
    ['a line feed of Windows', `${head}a 1\r\n`],
  ];
  for (const [what, text] of wrong)
    test(`refuses ${what}`, () => {
      assert.throws(() => readExposition(text));
    });
});
