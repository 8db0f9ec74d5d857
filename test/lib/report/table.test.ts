import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import stringWidth from 'string-width';
import { renderTable, type Column } from '../../../lib/report/table.ts';

interface Row {
  readonly name: string;
  readonly pods: number;
  readonly zone?: string;
}

const columns: readonly Column<Row>[] = [
  { key: 'name', title: 'NAME', flexible: true, text: ({ name }) => name },
  { key: 'zone', title: 'ZONE', dropOrder: 1, text: ({ zone }) => zone ?? '-' },
  { key: 'pods', title: 'PODS', align: 'right', text: ({ pods }) => String(pods) },
];
const plain = { width: null, color: false };

function widest(text: string): number {
  return Math.max(...text.split('\n').map((line) => stringWidth(line)));
}

suite('a table', () => {
  test('is as wide as its texts, without blanks at the end of a line', () => {
    const rows = [
      { name: 'ip-10-0-0-1.ec2.internal', pods: 5, zone: 'eu-west-1a' },
      { name: 'a', pods: 1200 },
    ];
    assert.equal(
      renderTable(rows, columns, plain),
      [
        'NAME                      ZONE        PODS', //
        'ip-10-0-0-1.ec2.internal  eu-west-1a     5',
        'a                         -           1200',
        '',
      ].join('\n'),
    );
    assert.equal(renderTable(rows, columns.slice(0, 2), plain).split('\n')[2], 'a                         -');
  });

  test('without rows is its header', () =>
    assert.equal(renderTable([], columns, plain), 'NAME  ZONE  PODS\n'));

  test('that is too wide shortens flexible columns in the middle, then drops the least important', () => {
    const rows = [{ name: 'ip-10-0-0-1.ec2.internal', pods: 5, zone: 'eu-west-1a' }];
    const at = (width: number): string => renderTable(rows, columns, { width, color: false });
    assert.equal(
      at(42),
      'NAME                      ZONE        PODS\nip-10-0-0-1.ec2.internal  eu-west-1a     5\n',
    );
    assert.equal(
      at(41),
      'NAME                     ZONE        PODS\nip-10-0-0-1…c2.internal  eu-west-1a     5\n',
    );
    assert.equal(at(30), 'NAME          ZONE        PODS\nip-10-…ernal  eu-west-1a     5\n');
    assert.equal(
      at(29),
      'NAME                     PODS\nip-10-0-0-1…c2.internal     5\n(no room for ZONE)\n',
    );
    assert.equal(at(18), 'NAME          PODS\nip-10-…ernal     5\n(no room for ZONE)\n');
  });

  test('that cannot be narrower stays readable', () => {
    const rows = [{ name: 'ip-10-0-0-1.ec2.internal', pods: 5 }];
    assert.equal(
      renderTable(rows, columns, { width: 3, color: false }),
      'NAME          PODS\nip-10-…ernal     5\n',
    );
  });

  test('drops the column with the highest number first, and keeps those without', () => {
    const letters: readonly Column<Row>[] = [
      { key: 'a', title: 'AAAA', text: () => 'a', dropOrder: 2 },
      { key: 'b', title: 'BBBB', text: () => 'b' },
      { key: 'c', title: 'CCCC', text: () => 'c', dropOrder: 3 },
      { key: 'd', title: 'DDDD', text: () => 'd', dropOrder: 1 },
    ];
    const header = (width: number): string | undefined =>
      renderTable([{ name: '', pods: 0 }], letters, { width, color: false }).split('\n')[0];
    assert.equal(header(22), 'AAAA  BBBB  CCCC  DDDD');
    assert.equal(header(21), 'AAAA  BBBB  DDDD');
    assert.equal(header(15), 'BBBB  DDDD');
    assert.equal(header(9), 'BBBB');
    assert.equal(header(1), 'BBBB');
  });

  test('is coloured only where it is asked for, around the padded text', () => {
    const painted: readonly Column<Row>[] = [
      { key: 'name', title: 'N', text: ({ name }) => name, paint: (_row, text) => `<${text}>` },
      {
        key: 'pods',
        title: 'P',
        align: 'right',
        text: ({ pods }) => String(pods),
        paint: (_row, text) => `[${text}]`,
      },
    ];
    const rows = [
      { name: 'abc', pods: 1 },
      { name: 'd', pods: 22 },
    ];
    assert.equal(
      renderTable(rows, painted, { width: null, color: true }),
      'N     P\n<abc>  [ 1]\n<d  >  [22]\n',
    );
    assert.equal(renderTable(rows, painted, plain), 'N     P\nabc   1\nd    22\n');
  });

  test('measures characters as terminals do', () => {
    const rows = [
      { name: '日本語', pods: 1 },
      { name: 'e\u0301a', pods: 1 },
      { name: 'abcdef', pods: 1 },
    ];
    assert.equal(
      renderTable(rows, [columns[0]!, columns[2]!], plain),
      'NAME    PODS\n日本語     1\ne\u0301a         1\nabcdef     1\n',
    );
  });

  for (const name of ['日'.repeat(40), '🚀'.repeat(40), 'é'.repeat(100), 'a'.repeat(253), '👩‍🚀'.repeat(20)]) {
    test(`fits also with a name such as ${name.slice(0, 4)}…, wide as it is`, () => {
      for (const width of [20, 33, 40, 80]) {
        const text = renderTable([{ name, pods: 7, zone: 'a' }], columns, { width, color: false });
        assert.ok(widest(text) <= width, `${widest(text)} > ${width}:\n${text}`);
      }
    });
  }

  test('shows hostile names as escapes, on one line each, and measures what it shows', () => {
    const rows = [
      { name: '\u001b[2J\u001b]0;owned\u0007', pods: 1 },
      { name: 'abc\u202egnp.exe', pods: 1 },
      { name: 'two\nlines', pods: 1 },
      { name: 'x'.repeat(253), pods: 1 },
    ];
    const text = renderTable(rows, [columns[0]!, columns[2]!], { width: 40, color: false });
    assert.equal(
      text,
      [
        'NAME                                PODS',
        '\\u001b[2J\\u001b]0;owned\\u0007          1',
        'abc\\u202egnp.exe                       1',
        'two\\u000alines                         1',
        `${'x'.repeat(17)}…${'x'.repeat(16)}     1`,
        '',
      ].join('\n'),
    );
  });
});
