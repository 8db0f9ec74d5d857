/** The served pages as a reader has them: a browser, over a server that was started. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { createDirectoryStore } from '../../lib/store/directory.ts';
import { noBrowser, openPage, startBrowser, type OpenPage } from '../support/browser.ts';
import { writeHistory } from '../support/history.ts';
import { startServing, type Serving } from '../support/serving.ts';
import { hostile, put } from '../support/site.ts';

const [first, noon, last] = ['20261121T060000Z', '20261121T120000Z', '20261121T170000Z'] as const;

suite('served pages, in a browser', { skip: noBrowser }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'kube-binpack-test-'));
  let browser: Browser;
  let serving: Serving;
  before(async () => {
    const store = createDirectoryStore(path.join(folder, 'snapshots'));
    const hours = { from: new Date('2026-11-21T06:00:00Z'), snapshots: 12, stepMs: 3_600_000 };
    await writeHistory(store, { ...hours, nodes: 30, pods: 500 }, AbortSignal.timeout(60_000));
    await put(store, hostile, noon);
    [browser, serving] = await Promise.all([startBrowser(), startServing([], { cwd: folder })]);
  });
  after(async () => {
    await browser.close();
    serving.child.kill('SIGTERM');
    assert.equal((await serving.result).code, 0);
    rmSync(folder, { recursive: true });
  });

  const origin = (): string => `http://127.0.0.1:${serving.port}`;
  const open = async (target: string, options = {}): Promise<OpenPage> =>
    openPage(browser, `${origin()}${target}`, options);
  /** Nothing was refused by the policy, and nobody else was asked. */
  function assertQuiet({ complaints, requests }: OpenPage): void {
    assert.deepEqual(complaints, []);
    const elsewhere = requests.filter((each) => !each.startsWith(`${origin()}/`) && each !== 'data:,');
    assert.deepEqual(elsewhere, []);
  }
  const ready = 'html[data-ready]';

  test('from all clusters to the report of one, whose tables sort and search', async () => {
    const opened = await open('/');
    const { page } = opened;
    assert.deepEqual(await page.locator('tbody th').allTextContents(), [
      hostile.replace('\u202e', String.raw`\u202e`),
      'prod',
    ]);
    await page.getByRole('link', { name: 'prod' }).click();
    await page.locator(ready).waitFor();
    assert.equal(new URL(page.url()).pathname, '/report/prod/latest');
    assert.ok((await page.locator('h2').allTextContents()).includes('Trend'));
    assert.equal(await page.locator('#charts figure').count(), 3);
    const table = page.locator('#nodes-table');
    await table.getByRole('searchbox').fill('general !arm');
    assert.deepEqual(
      new Set(await table.locator('tbody tr td:nth-child(2)').allTextContents()),
      new Set(['general']),
    );
    await table.getByRole('columnheader', { name: 'CPU' }).getByRole('button').click();
    const shares = (await table.locator('tbody tr td:nth-child(8)').allTextContents()).map(Number.parseFloat);
    assert.ok(shares.length > 1);
    assert.deepEqual(
      shares,
      shares.toSorted((a, b) => b - a),
    );
    assertQuiet(opened);
    await page.close();
  });

  test('a snapshot is chosen from the list, or named by a time; the bar leads to its neighbours', async () => {
    const opened = await open('/report/prod/latest');
    const { page } = opened;
    await page.locator('select[name=id]').selectOption(noon);
    await page.locator('select[name=since]').selectOption('1d');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.waitForURL(`${origin()}/report/prod/${noon}?since=1d`);
    assert.match((await page.locator('header').textContent()) ?? '', /prod at 20261121T120000Z/);
    assert.equal(await page.locator('select[name=id]').inputValue(), noon);
    await page.getByRole('link', { name: 'Previous' }).click();
    await page.waitForURL(`${origin()}/report/prod/20261121T110000Z`);
    const field = page.getByLabel('or the last one at').first();
    await field.fill('2026-11-21T06:30:00Z');
    await field.press('Enter');
    await page.waitForURL(`${origin()}/report/prod/${first}?since=7d`);
    assert.equal(await page.getByRole('link', { name: 'Previous' }).count(), 0);
    await page.locator(ready).waitFor();
    assertQuiet(opened);
    await page.close();
  });

  test('another cluster is shown as it was at that time, whatever its name holds', async () => {
    const opened = await open(`/report/prod/${last}`);
    const { page } = opened;
    await page.locator('select[name=cluster]').selectOption(hostile);
    await page.getByRole('button', { name: 'Show' }).click();
    await page.waitForURL(`${origin()}/report/${encodeURIComponent(hostile)}/${noon}?since=7d`);
    await page.locator(ready).waitFor();
    assert.equal(
      await page.locator('h1').textContent(),
      `Packing of ${hostile.replace('\u202e', String.raw`\u202e`)}`,
    );
    assertQuiet(opened);
    await page.close();
  });

  test('two snapshots are compared by the form', async () => {
    const opened = await open(`/report/prod/${last}`);
    const { page } = opened;
    await page.locator('select[name=before]').selectOption(first);
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.waitForURL(`${origin()}/compare/prod/${first}/${last}`);
    await page.locator(ready).waitFor();
    assert.equal(await page.locator('h1').textContent(), 'What changed in prod');
    assert.equal(await page.locator('select[name=before]').inputValue(), first);
    // the one node that is made anew each time
    assert.deepEqual((await page.locator('#nodes-table td:nth-child(2)').allTextContents()).toSorted(), [
      'added',
      'gone',
    ]);
    await page.locator('#nodes-table').getByRole('searchbox').fill('gone');
    assert.equal(await page.locator('#nodes-table tbody tr').count(), 1);
    assertQuiet(opened);
    await page.close();
  });

  test('all of the bar is reached by keyboard', async () => {
    const { page } = await open(`/report/prod/${noon}`);
    const reached: (string | null)[] = [];
    for (let key = 0; key < 12; key++) {
      await page.keyboard.press('Tab');
      const focused = page.locator(':focus');
      reached.push((await focused.getAttribute('name')) ?? (await focused.textContent()));
    }
    assert.deepEqual(reached, [
      'Skip to the report',
      'All clusters',
      'Previous',
      'Next',
      'Newest',
      'cluster',
      'id',
      'at',
      'since',
      'Show',
      'before',
      'at',
    ]);
    await page.keyboard.type('2026-11-21T06:00:00Z');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${origin()}/compare/prod/${first}/${noon}`);
    await page.close();
  });

  test('is dark where the reader wishes it; and packed on its way', async () => {
    const ground = async (colorScheme: 'light' | 'dark'): Promise<unknown> => {
      const { page } = await open('/', { colorScheme });
      const color: unknown = await page.evaluate('getComputedStyle(document.body).backgroundColor');
      await page.close();
      return color;
    };
    assert.deepEqual(
      [await ground('light'), await ground('dark')],
      ['rgb(255, 255, 255)', 'rgb(18, 22, 28)'],
    );
    const page = await browser.newPage();
    const response = await page.goto(`${origin()}/report/prod/latest`);
    const headers = (await response?.allHeaders()) ?? {};
    assert.equal(headers['content-encoding'], 'gzip');
    assert.match(
      headers['content-security-policy'] ?? '',
      /^default-src 'none'; script-src 'sha256-[\w+/]{43}='; style-src 'sha256-[\w+/]{43}='; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'$/,
    );
    await page.close();
  });
});
