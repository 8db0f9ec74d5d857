/**
 * `npm run screenshots`: the pictures of the README, made of a simulated cluster in a real browser: a week of
 * snapshots, and the report of the last of them.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { createDirectoryStore } from '../../lib/store/directory.ts';
import { noBrowser, openFile, startBrowser } from './browser.ts';
import { runCli } from './cli.ts';
import { writeHistory } from './history.ts';

const images = path.join(import.meta.dirname, '..', '..', 'docs', 'images');
const hourMs = 3_600_000;
const week = {
  cluster: 'demo',
  from: new Date('2026-11-14T00:00:00Z'),
  // to the hour of the day at which the demand is that of the demo
  snapshots: 6 * 24 + 7,
  stepMs: hourMs,
  nodes: 300,
  pods: 6000,
  labelGroups: [['karpenter.sh/nodepool']],
};

/** What each picture shows: the elements from the first to the last, in one of the two colour schemes. */
const pictures = [
  { file: 'report.png', colorScheme: 'light', from: 'header', to: '#packing' },
  { file: 'trend.png', colorScheme: 'light', from: '#trend', to: '#trend' },
  { file: 'picture.png', colorScheme: 'light', from: '#picture', to: '#picture' },
  { file: 'report-dark.png', colorScheme: 'dark', from: '#balance', to: '#utilization' },
] as const;

if (noBrowser !== false) throw new Error(noBrowser);
const folder = await mkdtemp(path.join(tmpdir(), 'kube-binpack-screenshots-'));
const browser = await startBrowser();
try {
  const report = path.join(folder, 'report.html');
  const out = path.join(folder, 'snapshots');
  await writeHistory(createDirectoryStore(out), week, AbortSignal.timeout(5 * 60_000));
  const { code, stderr } = await runCli(['report', '--out', out, '--since', '7d', '--file', report], {
    cwd: folder,
  });
  if (code !== 0) throw new Error(stderr);
  await mkdir(images, { recursive: true });
  for (const { file, colorScheme, from, to } of pictures) {
    const { page } = await openFile(browser, report, { colorScheme });
    await writeFile(path.join(images, file), await shoot(page, from, to));
    await page.close();
    console.log(`docs/images/${file}`);
  }
} finally {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
}

/** PNG, of all that lies between the top of one element and the end of another. */
async function shoot(page: Page, from: string, to: string): Promise<Buffer> {
  const [first, last] = [await boxOf(page, from), await boxOf(page, to)];
  const clip = { x: 0, y: first.y, width: 1200, height: last.y + last.height - first.y };
  return page.screenshot({ fullPage: true, clip });
}

async function boxOf(page: Page, selector: string): Promise<{ y: number; height: number }> {
  const box = await page.locator(selector).first().boundingBox();
  if (box === null) throw new Error(`the report has no ${selector}`);
  return box;
}
