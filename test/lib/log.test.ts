import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createLog, type Log, type LogLevel } from '../../lib/log.ts';

function lines(level: LogLevel, format: 'json' | 'text', write: (log: Log) => void): readonly string[] {
  const written: string[] = [];
  write(createLog({ level, format, write: (line) => written.push(line) }));
  return written;
}

const everything = (log: Log): void => {
  log.debug('looking');
  log.info('found');
  log.warn('odd');
  log.error('broken');
};

suite('as text', () => {
  test('a sentence, its level in front where it is not information', () => {
    assert.deepEqual(lines('debug', 'text', everything), [
      'debug: looking\n',
      'found\n',
      'warning: odd\n',
      'error: broken\n',
    ]);
  });

  test('fields behind it, in the order given', () => {
    assert.deepEqual(
      lines('info', 'text', (log) =>
        log.warn('odd', { pages: 3, of: { a: [1] }, none: null, yes: true, who: 'me' }),
      ),
      ['warning: odd (pages=3, of={"a":[1]}, none=null, yes=true, who=me)\n'],
    );
  });
});

test('what is for machines is in JSON only', () => {
  const write = (log: Log): void => log.info('done', { key: 'k', result: { exit: 0 } });
  assert.deepEqual(lines('info', 'text', write), ['done (key=k)\n']);
  assert.match(lines('info', 'json', write)[0] ?? '', /"result":\{"exit":0\}/);
});

suite('as JSON', () => {
  test('one object a line: level, timestamp, fields, message', () => {
    const [line = '', ...rest] = lines('info', 'json', (log) => log.info('found', { pages: 3 }));
    assert.deepEqual(rest, []);
    assert.ok(line.endsWith('}\n'));
    const { timestamp, ...fields } = JSON.parse(line) as Record<string, unknown>;
    assert.deepEqual(fields, { level: 'info', message: 'found', pages: 3 });
    assert.ok(typeof timestamp === 'string' && new Date(timestamp).toISOString() === timestamp);
  });

  test('text that breaks lines stays in its line', () => {
    const [line = ''] = lines('info', 'json', (log) => log.error('a\nb "c"', { detail: 'd\ne' }));
    assert.equal(line.indexOf('\n'), line.length - 1);
    assert.equal((JSON.parse(line) as { message: string }).message, 'a\nb "c"');
  });

  test('amounts as big as they get are written, not thrown', () => {
    const [line = ''] = lines('info', 'json', (log) => log.info('much', { bytes: 2n ** 60n }));
    assert.match(line, /1152921504606846976/);
  });
});

suite('the level', () => {
  for (const [level, count] of [
    ['debug', 4],
    ['info', 3],
    ['warn', 2],
    ['error', 1],
    ['silent', 0],
  ] as const) {
    for (const format of ['json', 'text'] as const) {
      test(`${level} lets ${count} of four through (${format})`, () => {
        assert.equal(lines(level, format, everything).length, count);
      });
    }
  }
});
