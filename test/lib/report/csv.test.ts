import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderCsv } from '../../../lib/report/csv.ts';

test('CSV is as RFC 4180 has it: a header, CRLF, quotes where they are needed, nothing for null', () => {
  const rows = [
    ['web', 1.5, null],
    ['with, comma', 0, 'say "hi"'],
    ['two\nlines', -1, '\r'],
    ['', 1e21, ' blanks '],
    ['=1+1', 0.1 + 0.2, '日本語'],
  ];
  assert.equal(
    renderCsv(['name', 'cpu, cores', 'note'], rows),
    'name,"cpu, cores",note\r\n' +
      'web,1.5,\r\n' +
      '"with, comma",0,"say ""hi"""\r\n' +
      '"two\nlines",-1,"\r"\r\n' +
      ',1e+21, blanks \r\n' +
      '=1+1,0.30000000000000004,日本語\r\n',
  );
});

test('CSV without rows is its header', () => assert.equal(renderCsv(['a', 'b'], []), 'a,b\r\n'));
