/** The machine's Chromium; tests that need one are skipped, and say so, where there is none. */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

function findChromium(): string | null {
  const { CHROMIUM: chosen, PATH: folders = '' } = process.env;
  const candidates = folders
    .split(path.delimiter)
    .flatMap((folder) =>
      ['chromium', 'chromium-browser', 'google-chrome'].map((name) => path.join(folder, name)),
    );
  return [...(chosen === undefined ? [] : [chosen]), ...candidates].find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const executablePath = findChromium();

/** For the `skip` of a suite. */
export const noBrowser: string | false =
  executablePath === null
    ? 'NO CHROMIUM FOUND: THE PAGE WAS NOT TESTED IN A BROWSER; put one on the PATH, or name it with CHROMIUM'
    : false;

export async function startBrowser(): Promise<Browser> {
  if (executablePath === null) throw new Error('there is no Chromium');
  // without user namespaces, as in containers, its sandbox cannot be had; pages are our own
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

export interface OpenPage {
  readonly page: Page;
  /** Errors, and what the page wrote to the console. */
  readonly complaints: readonly string[];
  /** Addresses, the page's own left out. */
  readonly requests: readonly string[];
  /** CPU time of the page's main thread since it began to load, in milliseconds: other processes do not make it more. */
  readonly workMs: () => Promise<number>;
}

/** A file from disk, once all in it is drawn. */
export async function openFile(
  browser: Browser,
  file: string,
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  const opened = await openPage(browser, `file://${file}`, options);
  await opened.page.locator('html[data-ready]').waitFor();
  return opened;
}

export async function openPage(
  browser: Browser,
  address: string,
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 }, ...options });
  const [complaints, requests]: [string[], string[]] = [[], []];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (request.url() !== address) requests.push(request.url());
  });
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const workMs = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics');
    return (metrics.find(({ name }) => name === 'ThreadTime')?.value ?? 0) * 1000;
  };
  await page.goto(address);
  return { page, complaints, requests, workMs };
}
