/** The report as a reader has it: a file from disk, in a browser. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { pack, readViewer } from '../../functions/viewer.ts';
import { renderReport, type Report } from '../../lib/report/html/page.ts';
import { staysView, type NamedRepacking } from '../../lib/report/repack.ts';
import { createDirectoryStore } from '../../lib/store/directory.ts';
import { commitSnapshot } from '../../lib/store/snapshots.ts';
import { noBrowser, openFile, startBrowser } from '../support/browser.ts';
import { refusal, runCli, type CliResult } from '../support/cli.ts';
import { textIn } from '../support/html.ts';
import { writeHistory } from '../support/history.ts';
import {
  identity,
  nodeAmounts,
  nodeRow,
  resourceSummary,
  snapshot,
  summary,
  workloadRow,
} from '../support/snapshots.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'kube-binpack-test-'));
const at = (name: string): string => path.join(folder, name);
after(() => rmSync(folder, { recursive: true }));

/** What somebody may call a workload, a pool or a label. */
const hostile = [
  '<script>alert(1)</script>',
  `"'><img src=x onerror=alert(1)>`,
  'abc\u202egnp.exe',
  '</script><b>&amp;',
  'x'.repeat(253),
];

before(async () => {
  const store = createDirectoryStore(at('snapshots'));
  const day = { snapshots: 12, stepMs: 3_600_000, nodes: 30, pods: 500 };
  await writeHistory(
    store,
    { ...day, from: new Date('2026-11-21T00:00:00Z'), labelGroups: [['karpenter.sh/nodepool']] },
    AbortSignal.timeout(60_000),
  );
  const named = snapshot({
    summary: { cluster: `eu & "us" <b>` },
    nodes: hostile.map((name, index) =>
      nodeRow({ node: name, nodePool: name, zone: name, placements: [[index, 1]] }),
    ),
    workloads: hostile.map((name, index) => workloadRow({ index, name, namespace: name, pods: 1 })),
  });
  await commitSnapshot(createDirectoryStore(at('hostile')), named, AbortSignal.timeout(10_000));
});

async function run(...args: string[]): Promise<CliResult> {
  return runCli(['report', ...args], { cwd: folder });
}

/** What the section says, in one line. */
function packingIn(page: string): string {
  const [, section = ''] = /<section id="packing".*?>(.*?)<\/section>/s.exec(page) ?? [];
  return textIn(section);
}

suite('the command', () => {
  test('writes a file named after cluster and snapshot, and says so', async () => {
    const { code, stdout, stderr } = await run('--out', 'hostile');
    assert.equal(code, 0, stderr);
    assert.equal(stdout, 'report-eu-us-b--20261121T074500Z.html\n');
    assert.ok(readdirSync(folder).includes(stdout.trim()));
  });

  test('writes to stdout, a script and a style with the policy that lets only them in', async () => {
    const { code, stdout, stderr } = await run('--file', '-');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^<!doctype html>\n<html lang="en">/);
    assert.match(
      stdout,
      /content="default-src 'none'; script-src 'sha256-[\w+/]{43}='; style-src 'sha256-[\w+/]{43}='; img-src data:; base-uri 'none'; form-action 'none'"/,
    );
    assert.doesNotMatch(stdout, /\bon\w+="|\bstyle="/, 'nothing that the policy would refuse');
  });

  test('names the nodes to drain in their order, and why the others stay; by the same search as repack', async () => {
    const { stdout } = await run('--file', '-');
    const { stdout: told } = await runCli(['repack', '--output', 'json'], { cwd: folder });
    const { nodes, lowerBoundNodes, repackedNodes, drains, stays } = JSON.parse(told) as NamedRepacking;
    const shown = packingIn(stdout);
    assert.ok(
      shown.includes(`At least ${lowerBoundNodes} nodes, ${repackedNodes} found, ${nodes} running`),
      shown,
    );
    assert.ok(drains.length > 0 && stays.length > 0);
    for (const [index, { node, nodePool, instanceType }] of drains.entries())
      assert.ok(shown.includes(`${node} ${index + 1} ${nodePool ?? '-'} ${instanceType ?? '-'} `), node);
    const counted = staysView({ stays } as NamedRepacking).rows;
    for (const { why, nodes: count } of counted) assert.ok(shown.includes(`${why} ${count} `), why);
  });

  test('--repack-budget 0: the lower bound alone, and it is said so', async () => {
    const { stdout } = await run('--file', '-', '--repack-budget', '0');
    const shown = packingIn(stdout);
    assert.match(shown, /At least \d+ nodes, \d+ running; none was found in time\./);
    assert.match(shown, /Only the lower bound was computed: a search would take about \d+ s\./);
    assert.doesNotMatch(shown, /To drain/);
  });

  test('says what is wrong with what it was given', async () => {
    assert.equal(
      refusal(await run('--since', 'long'), 2),
      '--since "long": must be a span such as 24h, 7d or 4w',
    );
    assert.equal(refusal(await run('--file', ''), 2), '--file "": must be the path of a file, or -');
    assert.match(
      refusal(await run('--file', 'no/such/folder.html'), 2),
      /^could not write the report no\/such\/folder\.html: ENOENT.*choose another place with --file$/,
    );
    assert.match(refusal(await run('--at', '20250101'), 2), /^there is no snapshot 20250101 in/);
  });
});

suite('in a browser', { skip: noBrowser }, () => {
  let browser: Browser;
  before(async () => {
    browser = await startBrowser();
    const made = await Promise.all([
      run('--since', '1d', '--file', 'day.html'),
      run('--out', 'hostile', '--file', 'hostile.html'),
    ]);
    for (const { code, stderr } of made) assert.equal(code, 0, stderr);
  });
  after(async () => browser.close());

  test('loads from disk without a complaint, and asks nobody for anything', async () => {
    const { page, complaints, requests } = await openFile(browser, at('day.html'));
    assert.deepEqual(await page.locator('h2').allTextContents(), [
      'At a glance',
      'How few nodes would do',
      'Trend',
      'The packing picture',
      'cpu against memory',
      'How full the nodes are',
      'Node pools',
      'Label groups',
      'Nodes',
      'Workloads',
      'Problems',
    ]);
    assert.equal(await page.locator('#charts figure').count(), 3);
    assert.deepEqual(complaints, []);
    // the empty icon
    assert.deepEqual(
      requests.filter((address) => address !== 'data:,'),
      [],
    );
    await page.close();
  });

  test('a column sorts, falling first where it has numbers, and says so', async () => {
    const { page } = await openFile(browser, at('day.html'));
    const table = page.locator('#nodes-table');
    const head = table.getByRole('columnheader', { name: 'CPU' });
    const shares = async (): Promise<number[]> =>
      (await table.locator('tbody tr td:nth-child(8)').allTextContents()).map(Number.parseFloat);
    await head.getByRole('button').click();
    assert.equal(await head.getAttribute('aria-sort'), 'descending');
    const falling = await shares();
    assert.equal(falling.length, 30);
    assert.deepEqual(
      falling,
      falling.toSorted((a, b) => b - a),
    );
    await head.getByRole('button').click();
    assert.equal(await head.getAttribute('aria-sort'), 'ascending');
    assert.deepEqual(await shares(), falling.toReversed());
    await page.close();
  });

  test('a search keeps what has every word, and leaves out what stands behind a !', async () => {
    const { page } = await openFile(browser, at('day.html'));
    const table = page.locator('#nodes-table');
    const pools = async (): Promise<Set<string>> =>
      new Set(await table.locator('tbody tr td:nth-child(2)').allTextContents());
    await table.getByRole('searchbox').fill('general');
    assert.deepEqual(await pools(), new Set(['general', 'general-arm']));
    await table.getByRole('searchbox').fill('general !arm');
    assert.deepEqual(await pools(), new Set(['general']));
    assert.match((await table.locator('output').textContent()) ?? '', /^\d+ of 30 nodes$/);
    await page.close();
  });

  test('a keyboard reaches the boxes, moves among them, and shows one in the table', async () => {
    const { page } = await openFile(browser, at('day.html'));
    await page.keyboard.press('Tab');
    assert.equal(await page.locator(':focus').textContent(), 'Skip to the report');
    const told = page.locator('output.told');
    await page.locator('#boxes canvas').first().focus();
    const first = await told.textContent();
    assert.match(first ?? '', /^\S+ \(general\), cpu: .* %/);
    await page.keyboard.press('ArrowRight');
    const second = (await told.textContent()) ?? '';
    assert.notEqual(second, first);
    await page.keyboard.press('Enter');
    const [name] = second.split(' ');
    assert.deepEqual(await page.locator('#nodes-table tbody th').allTextContents(), [name]);
    await page.close();
  });

  test('is dark where the reader wishes it, the pictures too', async () => {
    const ground = async (colorScheme: 'light' | 'dark'): Promise<unknown> => {
      const { page } = await openFile(browser, at('day.html'), { colorScheme });
      const seen = {
        body: await page.evaluate('getComputedStyle(document.body).backgroundColor'),
        canvas: await page.evaluate("document.querySelector('#boxes canvas').toDataURL()"),
      };
      await page.close();
      return seen;
    };
    const [light, dark] = [await ground('light'), await ground('dark')] as {
      body: string;
      canvas: string;
    }[];
    assert.deepEqual([light?.body, dark?.body], ['rgb(255, 255, 255)', 'rgb(18, 22, 28)']);
    assert.notEqual(light?.canvas, dark?.canvas);
  });

  test('names are text, whatever they hold', async () => {
    const { page, complaints } = await openFile(browser, at('hostile.html'));
    page.on('dialog', (dialog) => assert.fail(dialog.message()));
    assert.deepEqual(complaints, []);
    const shown = hostile.map((name) => name.replace('\u202e', String.raw`\u202e`));
    assert.deepEqual(await page.locator('#nodes-table tbody th').allTextContents(), shown);
    assert.deepEqual(await page.locator('#pools .multiple bdi').allTextContents(), shown.toSorted());
    assert.equal(await page.locator('h1').textContent(), 'Packing of eu & "us" <b>');
    assert.equal(await page.locator('img, b').count(), 0);
    await page.close();
  });

  test('5,000 nodes and 5,000 workloads: less than a megabyte, and 2 seconds of work until it is searched', async (t) => {
    const file = at('large.html');
    const text = renderReport(largeReport(), await readViewer(), pack);
    writeFileSync(file, text);
    assert.ok(text.length < 1_000_000, `${text.length} bytes`);
    const began = performance.now();
    const { page, complaints, workMs: workSoFar } = await openFile(browser, file);
    await page.locator('#workloads-table').getByRole('searchbox').fill('web-49');
    await page.locator('#workloads-table output', { hasText: / of 5,000/ }).waitFor();
    const tookMs = performance.now() - began;
    // the page's own work: how many other tests share the processors is not its doing
    const workMs = await workSoFar();
    t.diagnostic(
      `${text.length} bytes; ready and searched after ${Math.round(workMs)} ms of work, ${Math.round(tookMs)} ms by the clock`,
    );
    assert.ok(workMs > 50 && workMs < 2000, `${workMs} ms`);
    assert.deepEqual(complaints, []);
    await page.close();
  });
});

const gib = 1024 ** 3;

/** Thirty placements a node, no two nodes alike. */
function largeReport(): Report {
  const count = 5000;
  const resources = {
    cpu: resourceSummary({ allocatable: 4 * count }),
    memory: resourceSummary({ allocatable: gib }),
  };
  return {
    summary: summary({ ...identity, resources }),
    nodes: Array.from({ length: count }, (_, index) =>
      nodeRow({
        node: `ip-10-${index % 256}-${index % 97}-${index}.eu-central-1.compute.internal`,
        nodePool: `pool-${index % 12}`,
        instanceType: ['m6i.xlarge', 'c7g.2xlarge', 'r6i.large'][index % 3] ?? null,
        zone: `eu-central-1${'abc'[index % 3]}`,
        resources: {
          cpu: nodeAmounts(2 + (index % 7) * 2, ((index * 37) % 200) / 100),
          memory: nodeAmounts(16 * gib, ((index * 53) % 1600) * 1e7),
          pods: nodeAmounts(110, 30),
        },
        placements: Array.from({ length: 30 }, (_, each) => [(index * 7 + each * 131) % count, 1]),
      }),
    ),
    workloads: Array.from({ length: count }, (_, index) =>
      workloadRow({
        index,
        namespace: `team-${index % 80}`,
        name: `web-${index}`,
        requests: { cpu: ((index % 40) + 1) / 100, memory: (index % 64) * 1e7 },
      }),
    ),
    resources: ['cpu', 'memory', 'pods'],
    trend: null,
    repacking: { why: 'it is not what this is about' },
  };
}
