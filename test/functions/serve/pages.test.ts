/** The pages that people see, in every state, without a socket. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { StoreError } from '../../../lib/errors.ts';
import type { ReportData } from '../../../lib/report/html/data.ts';
import { summaryKey } from '../../../lib/store/keys.ts';
import type { Store } from '../../../lib/store/store.ts';
import { textIn } from '../../support/html.ts';
import { createMemoryStore } from '../../support/memory-store.ts';
import { at, filled, hostile, put, siteOf, type Answer } from '../../support/site.ts';

const { signal } = new AbortController();
const encoded = encodeURIComponent(hostile);
const newest = '20261121T074500Z';

/** What a reader sees, in one line; what the script draws is not in it. */
function textOf({ body }: Answer): string {
  const [, seen = ''] = /<body>(.*?)(?:<script|<\/body>)/s.exec(body) ?? [];
  return textIn(seen);
}

function dataOf({ body }: Answer): ReportData {
  const [, packed = ''] = /<script type="text\/plain" id="data">\s*(\S+)\s*</.exec(body) ?? [];
  return JSON.parse(gunzipSync(Buffer.from(packed, 'base64')).toString()) as ReportData;
}

/** Texts of a column, row by row. */
function columnOf(data: ReportData['nodes'], title: string): (string | undefined)[] {
  const column = data.columns.find((each) => each.title === title);
  return column?.cells.map((at) => column.texts[at]) ?? [];
}

function optionsOf({ body }: Answer, name: string): string[] {
  const [, inner = ''] = new RegExp(`<select name="${name}">(.*?)</select>`, 's').exec(body) ?? [];
  return [...inner.matchAll(/<option value="([^"]*)"( selected)?>/g)].map(
    ([, value = '', selected]) => `${value}${selected ?? ''}`,
  );
}

function assertPage(answer: Answer, status: number): void {
  assert.equal(answer.status, status, answer.body.slice(0, 300));
  assert.equal(answer.contentType, 'text/html; charset=utf-8');
  assert.equal(
    answer.headers?.['Content-Security-Policy'],
    "default-src 'none'; script-src 'sha256-of-the-script'; style-src 'sha256-of-the-style'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  );
  assert.doesNotMatch(answer.body, /\son\w+=|\sstyle=|javascript:|https?:\/\//);
  assert.ok(!textOf(answer).includes('\u202e'));
}

suite('the page of all clusters', () => {
  test('names each with its newest snapshot, its age and its utilization, and all that is answered', async () => {
    const ask = siteOf({ store: await filled() });
    const answer = await ask('/');
    assertPage(answer, 200);
    assert.match(textOf(answer), /Snapshots in memory, last looked for 0 seconds ago\./);
    assert.match(textOf(answer), /prod 20261121T074500Z 10 minutes 2 8 0 50\.0 % 50\.0 % since a day before/);
    assert.match(textOf(answer), /20261119T000000Z 2 days \(stale\)/);
    assert.match(textOf(answer), /\/api\/snapshots\/\{cluster\}\/\{id\} JSON: the summary/);
    assert.doesNotMatch(answer.body, /<script/);
  });

  test('shows a hostile name as text, and its links lead to it', async () => {
    const ask = siteOf({ store: await filled() });
    const { body } = await ask('/');
    assert.ok(body.includes('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;\\u202e&#39;&amp;/..'), body);
    const links = [...body.matchAll(/href="(\/(?:report|compare)[^"]*)"/g)].map(([, link = '']) =>
      link.replaceAll('&#39;', "'").replaceAll('&amp;', '&'),
    );
    const statuses = await Promise.all(links.map(async (link) => [link, (await ask(link)).status] as const));
    assert.deepEqual(statuses, [
      [`/report/${encoded}/latest`, 200],
      [`/report/${encoded}/20261119T000000Z`, 200],
      // nothing is older
      [
        `/compare?${new URLSearchParams({ cluster: hostile, before: '20261118T000000Z', after: '20261119T000000Z' }).toString()}`,
        404,
      ],
      ['/report/prod/latest', 200],
      ['/report/prod/20261121T074500Z', 200],
      // nothing is a day older, and the first there is takes its place
      ['/compare?cluster=prod&before=20261120T074500Z&after=20261121T074500Z', 303],
      ['/report', 303],
      ['/compare', 303],
    ]);
  });

  test('of a store without snapshots it says so', async () => {
    const answer = await siteOf({})('/');
    assertPage(answer, 200);
    assert.match(textOf(answer), /Clusters There is none yet: kube-binpack snapshot takes one\./);
  });
});

suite('the report of a snapshot', () => {
  test('is that of the file, with a bar to go on from', async () => {
    const store = await filled();
    await put(store, 'prod', '20261120T070000Z');
    const answer = await siteOf({ store })(`/report/prod/20261121T074000Z`);
    assertPage(answer, 200);
    const text = textOf(answer);
    assert.match(
      text,
      /^Skip to the report All clusters Previous Next Newest The one shown is 15 minutes old\./,
    );
    assert.match(text, /Packing of prod prod at 20261121T074000Z, Kubernetes v1\.36\.2/);
    assert.match(text, /At least 1 node, 1 found, 1 running\./);
    assert.match(answer.body, /<a rel="prev" href="\/report\/prod\/20261120T070000Z"/);
    assert.match(answer.body, /<a rel="next" href="\/report\/prod\/20261121T074500Z"/);
    assert.deepEqual(optionsOf(answer, 'cluster'), [
      // as it is, so that it is found when the form asks for it
      '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;\u202e&#39;&amp;/..',
      'prod selected',
    ]);
    assert.deepEqual(optionsOf(answer, 'id'), [newest, '20261121T074000Z selected', '20261120T070000Z']);
    assert.deepEqual(optionsOf(answer, 'before'), [newest, '20261120T070000Z selected']);
    assert.deepEqual(optionsOf(answer, 'since'), ['1d', '7d selected', '4w']);
    assert.deepEqual(columnOf(dataOf(answer).nodes, 'NODE'), ['n1']);
    assert.equal(dataOf(answer).trend?.at.length, 2);
  });

  test('latest is the newest one, and the trend is as long as asked for', async () => {
    const answer = await siteOf({ store: await filled() })('/report/prod/latest?since=3m');
    assert.match(textOf(answer), /prod at 20261121T074500Z/);
    assert.equal(dataOf(answer).trend, null);
    assert.match(textOf(answer), /Trend There are fewer than two points in that time/);
    assert.deepEqual(optionsOf(answer, 'since'), ['3m selected', '1d', '7d', '4w']);
  });

  const refused: readonly (readonly [path: string, status: number, text: RegExp])[] = [
    ['/report/nobody/latest', 404, /All clusters No such snapshot There is no snapshot of nobody\./],
    ['/report/prod/20261121T074400Z', 404, /There is no snapshot 20261121T074400Z of prod\./],
    ['/report/prod/..%2f..%2fetc', 404, /The id is none of a snapshot, such as 20261121T074500Z\./],
    ['/report/..%2f..%2fetc/20261121T074500Z', 404, /There is no snapshot/],
    ['/report/a%00b/latest', 400, /The cluster&#39;s name must not hold control characters\./],
    ['/report/prod/latest?since=long', 400, /&quot;since&quot; is &quot;long&quot;: it must be a span/],
    ['/report/prod/latest?since=5w', 400, /at most 31 days/],
    ['/report?cluster=prod&at=never', 400, /&quot;never&quot; must be a day, an instant such as/],
    ['/report?cluster=prod&at=1w+ago', 404, /There is no snapshot of prod at 1w ago or before\./],
    [
      '/compare/prod/20261121T074500Z/latest',
      400,
      /Both are snapshot 20261121T074500Z of prod: choose two\./,
    ],
    ['/compare/prod/20261121T074500Z/20261121T074400Z', 404, /There is no snapshot 20261121T074400Z/],
    [`/report/${encoded}/20261121T074500Z`, 404, /of &lt;script&gt;alert\(/],
  ];
  for (const [path, status, text] of refused)
    test(`${path.slice(0, 60)} is refused in words, with a way back`, async () => {
      const answer = await siteOf({ store: await filled() })(path);
      assertPage(answer, status);
      assert.match(textOf(answer), text);
      assert.match(answer.body, /<a href="\/">All clusters<\/a>/);
    });

  test('names are text, wherever they come from', async () => {
    const store = createMemoryStore();
    await put(store, hostile, newest, { node: hostile, workload: hostile });
    const answer = await siteOf({ store })(`/report/${encoded}/latest`);
    assertPage(answer, 200);
    // of the page itself: the data, the script
    assert.equal(answer.body.match(/<script/g)?.length, 2);
    const shown = hostile.replace('\u202e', String.raw`\u202e`);
    assert.deepEqual(columnOf(dataOf(answer).nodes, 'NODE'), [shown]);
  });

  test('--cluster: others are not there', async () => {
    const ask = siteOf({ store: await filled(), cluster: 'prod' });
    assert.equal((await ask(`/report/${encoded}/latest`)).status, 404);
    assert.equal((await ask(`/report/${encoded}/20261119T000000Z`)).status, 404);
    assert.equal((await ask(`/report?cluster=${encoded}&at=2026-11-20`)).status, 404);
    assert.deepEqual(optionsOf(await ask('/report/prod/latest'), 'cluster'), ['prod selected']);
  });
});

suite('what the forms ask for', async () => {
  const store = await filled();
  await put(store, 'prod', '20261120T070000Z');
  await put(store, 'prod', '20261120T235959Z');
  const ask = siteOf({ store });
  const leads: readonly (readonly [path: string, to: string])[] = [
    ['/report', '/'],
    ['/compare', '/'],
    ['/report?cluster=prod', '/report/prod/latest'],
    ['/report?cluster=prod&id=20261121T074000Z&at=&since=1d', '/report/prod/20261121T074000Z?since=1d'],
    ['/report?cluster=prod&id=20261121T074300Z', '/report/prod/20261121T074000Z'],
    ['/report?cluster=prod&id=20261121T074500Z&at=2026-11-20', '/report/prod/20261120T235959Z'],
    ['/report?cluster=prod&at=2026-11-20T12:00:00Z', '/report/prod/20261120T070000Z'],
    ['/report?cluster=prod&at=12m+ago', '/report/prod/20261121T074000Z'],
    [`/report?cluster=${encoded}&id=20261121T074500Z`, `/report/${encoded}/20261119T000000Z`],
    [
      '/compare?cluster=prod&after=20261121T074500Z&before=20261121T074000Z&at=',
      '/compare/prod/20261121T074000Z/20261121T074500Z',
    ],
    ['/compare?cluster=prod&at=1d+ago', '/compare/prod/20261120T070000Z/latest'],
    ['/compare?cluster=prod&at=9d+ago', '/compare/prod/20261120T070000Z/latest'],
    ['/compare?cluster=prod', '/compare/prod/20261120T070000Z/latest'],
  ];
  for (const [path, to] of leads)
    test(`${path.slice(0, 70)} leads to a page of its own`, async () => {
      const { status, headers } = await ask(path);
      assert.deepEqual([status, headers], [303, { Location: to }]);
      assert.equal((await ask(to)).status, 200);
    });

  test('a cluster that is none is refused', async () => {
    assert.equal((await ask('/report?cluster=')).status, 400);
    assert.equal((await ask('/report?cluster=a%0d%0ab')).status, 400);
    assert.equal((await ask('/compare?cluster=nobody&at=2026-11-20')).status, 404);
  });
});

suite('the comparison of two snapshots', () => {
  test('says what moved the utilization, and what came, went and changed', async () => {
    const store = createMemoryStore();
    await put(store, 'prod', '20261121T074000Z', { node: 'old', workload: 'web', pods: 2 });
    await put(store, 'prod', newest, { node: 'new', workload: 'web', pods: 4 });
    const answer = await siteOf({ store })(`/compare/prod/20261121T074000Z/${newest}`);
    assertPage(answer, 200);
    const text = textOf(answer);
    assert.match(text, /What changed in prod From 2026-11-21 07:40:00 UTC .* to 2026-11-21 07:45:00 UTC/);
    assert.match(
      text,
      /cpu : 0\.0 points, of which 0\.0 by capacity, 0\.0 by demand and 0\.0 by requests per pod\./,
    );
    assert.match(text, /0 appeared, 0 vanished, 1 grew, 0 shrank, 0 ask for something else/);
    const { nodes, workloads, picture } = dataOf(answer);
    assert.equal(picture, null);
    assert.deepEqual(columnOf(nodes, 'NODE'), ['new', 'old']);
    assert.deepEqual(columnOf(nodes, 'CHANGE'), ['added', 'gone']);
    assert.deepEqual(columnOf(workloads, 'NAME'), ['web']);
    assert.deepEqual(columnOf(workloads, 'CHANGE'), ['grew']);
    assert.deepEqual(columnOf(workloads, 'PODS'), ['2 → 4']);
    assert.deepEqual(optionsOf(answer, 'before'), ['20261121T074000Z selected']);
  });

  test('of equal ones it says that nothing changed', async () => {
    const answer = await siteOf({ store: await filled() })(`/compare/prod/20261121T074000Z/latest`);
    assert.match(textOf(answer), /Nodes that came and went None\. Workloads that changed None\./);
  });
});

suite('pages over a store that is slow or fails', () => {
  const never = async (): Promise<never> => new Promise(() => undefined);
  /** A store whose reads of some keys end, or go on, as told. */
  const over = (store: Store, isHit: (key: string) => boolean, read: Store['read']): Store => ({
    ...store,
    read: async (key, limit) => (isHit(key) ? read(key, limit) : store.read(key, limit)),
  });
  const isDetail = (key: string): boolean => !key.startsWith('v1/summary/');

  test('what was never read is waited for no longer than our patience, and the page asks again', async () => {
    const ask = siteOf({ store: over(await filled(), () => true, never) });
    for (const path of [
      '/',
      '/report/prod/latest',
      `/report/prod/${newest}`,
      `/compare/prod/${newest}/latest`,
    ]) {
      const answer = await ask(path);
      assertPage(answer, 503);
      assert.match(
        textOf(answer),
        /[Tt]he store has not answered for 0\.\d s\. This page asks again every 5 seconds/,
      );
      assert.match(answer.body, /<meta http-equiv="refresh" content="5" \/>/);
      assert.equal(answer.headers?.['Retry-After'], '5');
    }
  });

  test('a report is given without what is not known yet, which it names, and then with it', async () => {
    const waiting = Promise.withResolvers<undefined>();
    const store = await filled();
    const ask = siteOf({
      store: over(store, isDetail, async (key, limit) => {
        await waiting.promise;
        return store.read(key, limit);
      }),
    });
    const first = await ask('/report/prod/latest');
    assertPage(first, 200);
    const text = textOf(first);
    assert.match(
      text,
      /The nodes of this snapshot, and all that is drawn of them, are not known yet: the store has not answered/,
    );
    assert.match(text, /The workloads of this snapshot are not known yet: .* Reload/);
    assert.match(text, /cpu utilization 50\.0 %/);
    assert.doesNotMatch(first.body, /id="nodes-table"|http-equiv="refresh"/);
    const compared = await ask(`/compare/prod/20261121T074000Z/latest`);
    assertPage(compared, 503);
    assert.match(
      textOf(compared),
      /Newest The later one is 10 minutes old\..*Not known yet The store has not answered/,
    );
    waiting.resolve(undefined);
    const second = await ask('/report/prod/latest');
    assert.doesNotMatch(textOf(second), /not known yet/);
    assert.deepEqual(columnOf(dataOf(second).nodes, 'NODE'), ['n1']);
  });

  test('a trend says what it lacks, and is whole once the store gives it', async () => {
    const store = await filled();
    let refusals = 1;
    const ask = siteOf({
      store: over(
        store,
        (key) => key === summaryKey({ cluster: 'prod', snapshotId: '20261121T074000Z' }),
        async (key, limit) => {
          if (refusals-- > 0) throw new StoreError('the store is busy');
          return store.read(key, limit);
        },
      ),
    });
    const lacks = /1 snapshot of that time could not be read, and is left out here/;
    assert.match(textOf(await ask('/report/prod/latest')), lacks);
    const whole = await ask('/report/prod/latest');
    assert.doesNotMatch(textOf(whole), /could not be read/);
    assert.match(whole.body, /id="charts"/);
  });

  test('damaged details are told, and the rest is there', async () => {
    const ask = siteOf({ store: over(await filled(), isDetail, async () => Buffer.from('{')) });
    const answer = await ask('/report/prod/latest');
    assertPage(answer, 200);
    assert.match(
      textOf(answer),
      /are not known yet: the nodes of snapshot 20261121T074500Z of prod are damaged: /,
    );
    assert.match(textOf(answer), /Nodes 2 2 are ready/);
  });

  test('a damaged newest summary is told on the page of all clusters, and is no report', async () => {
    const store = await filled();
    const key = { cluster: 'prod', snapshotId: '20261121T075000Z' };
    await store.create(summaryKey(key), Buffer.from('{'), signal);
    const ask = siteOf({ store });
    assert.match(
      textOf(await ask('/')),
      /Snapshot 20261121T075000Z of prod is damaged: it is not JSON; restore or remove it\./,
    );
    const answer = await ask('/report/prod/20261121T075000Z');
    assertPage(answer, 503);
    assert.match(textOf(answer), /Snapshot 20261121T075000Z of prod is damaged/);
    const latest = await ask('/report/prod/latest');
    assertPage(latest, 404);
    assert.match(
      textOf(latest),
      /There is no snapshot of prod: snapshot 20261121T075000Z of prod is damaged/,
    );
  });

  test('what was read before stays when the store fails, and says that it may be old', async () => {
    const store = await filled();
    let closed = false;
    let now = at;
    const folders: Store['folders'] = (prefix, limit) => {
      if (closed) throw new StoreError('the bucket is closed');
      return store.folders(prefix, limit);
    };
    const ask = siteOf({ store: { ...store, folders }, now: () => now });
    await ask('/report/prod/latest');
    closed = true;
    now = new Date(at.getTime() + 60_000);
    assert.match(textOf(await ask('/')), /The bucket is closed\. Clusters/);
    const answer = await ask('/report/prod/latest');
    assertPage(answer, 200);
    assert.match(
      textOf(answer),
      /What is newest may be older than it should be: the bucket is closed\. Reload/,
    );
  });
});
