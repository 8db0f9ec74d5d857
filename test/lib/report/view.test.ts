import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ConfigError } from '../../../lib/errors.ts';
import { arrange, renderView, type View } from '../../../lib/report/view.ts';

interface Row {
  readonly name: string;
  readonly cpu: number | null;
}

const view: View<Row> = {
  rows: [
    { name: 'b', cpu: 0.5 },
    { name: 'd', cpu: null },
    { name: 'a', cpu: 12 },
    { name: 'C', cpu: 2 },
  ],
  columns: [
    { key: 'name', title: 'NAME', text: ({ name }) => name },
    {
      key: 'cpu',
      title: 'CPU',
      align: 'right',
      text: ({ cpu }) => (cpu === null ? '-' : `${cpu} cores`),
      value: ({ cpu }) => cpu,
    },
  ],
};

function order(sort: string | null, search: string | null = null): string {
  return arrange(view, { search, sort })
    .rows.map(({ name }) => name)
    .join('');
}

suite('an arrangement', () => {
  test('without anything asked for is as it came', () => assert.equal(order(null), 'bdaC'));

  test('by a number falls, by a text rises, unless it is told to', () => {
    assert.equal(order('cpu'), 'aCbd');
    assert.equal(order('cpu:desc'), 'aCbd');
    assert.equal(order('cpu:asc'), 'bCad');
    assert.equal(order('name'), 'Cabd');
    assert.equal(order('name:asc'), 'Cabd');
    assert.equal(order('name:desc'), 'dbaC');
  });

  test('has the unknown last, whichever the direction', () => {
    assert.equal(order('cpu:asc').at(-1), 'd');
    assert.equal(order('cpu:desc').at(-1), 'd');
  });

  test('keeps the order of equals', () => {
    const rows = ['x', 'y', 'z'].map((name) => ({ name, cpu: 1 }));
    assert.deepEqual(arrange({ ...view, rows }, { search: null, sort: 'cpu' }).rows, rows);
    assert.deepEqual(arrange({ ...view, rows }, { search: null, sort: 'cpu:asc' }).rows, rows);
  });

  test('searches what is shown, and sorts what it found', () => {
    assert.equal(order(null, '12'), 'a');
    assert.equal(order('cpu:asc', 'cores'), 'bCa');
    assert.equal(order('cpu', '!12'), 'Cbd');
  });

  for (const sort of ['pods', '', 'cpu:up', 'CPUS', 'cpu:', ':asc', 'cpu:asc:desc']) {
    test(`by "${sort}" is refused with the columns there are`, () => {
      assert.throws(
        () => order(sort),
        (error) => {
          assert.ok(error instanceof ConfigError);
          assert.equal(error.message, `--sort "${sort}": there is no such column; they are name, cpu`);
          return true;
        },
      );
    });
  }

  test('leaves the view alone', () => {
    const before = structuredClone(view.rows);
    order('name');
    assert.deepEqual(view.rows, before);
  });
});

suite('an output', () => {
  const options = { width: null, color: false };

  test('is a table', () => {
    assert.equal(
      renderView(view, 'table', options),
      'NAME        CPU\nb     0.5 cores\nd             -\na      12 cores\nC       2 cores\n',
    );
  });

  test('is JSON of whole rows', () => {
    assert.deepEqual(JSON.parse(renderView(view, 'json', options)), view.rows);
    assert.equal(renderView({ ...view, rows: [] }, 'json', options), '[]\n');
  });

  test('is CSV of raw values', () => {
    assert.equal(renderView(view, 'csv', options), 'name,cpu\r\nb,0.5\r\nd,\r\na,12\r\nC,2\r\n');
  });
});
