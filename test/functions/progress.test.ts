import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createProgress } from '../../functions/progress.ts';
import type { Log } from '../../lib/log.ts';

function watch(
  isTTY: boolean,
  quiet = false,
): {
  readonly report: (atMs: number, items: number, total: number | null) => void;
  readonly clear: () => void;
  readonly shown: string[];
} {
  const shown: string[] = [];
  const clock = { ms: 1000 };
  const log: Log = {
    debug() {},
    info: (message) => void shown.push(`log: ${message}`),
    warn() {},
    error() {},
  };
  const progress = createProgress(
    { isTTY, write: (text) => void shown.push(text), now: () => clock.ms },
    () => log,
    quiet,
  );
  return {
    report(atMs, items, total) {
      clock.ms = 1000 + atMs;
      progress.report('pods', items, total);
    },
    clear: () => progress.clear(),
    shown,
  };
}

suite('progress', () => {
  test('away from a terminal is a log line, not before five seconds and not more often', () => {
    const { report, shown } = watch(false);
    report(4999, 30_000, 39_998);
    report(5000, 34_500, 39_998);
    report(9999, 36_000, 39_998);
    report(10_000, 37_000, null);
    assert.deepEqual(shown, ['log: pods 34,500 of about 39,998', 'log: pods 37,000']);
  });

  test('on a terminal is a bar that is drawn over, at most ten times a second', () => {
    const { report, clear, shown } = watch(true);
    report(99, 100, 1000);
    report(100, 250, 1000);
    report(199, 300, 1000);
    report(200, 1100, 1000);
    clear();
    clear();
    assert.deepEqual(shown, [
      '\r\u001b[2K██████░░░░░░░░░░░░░░░░░░ pods 250 of about 1,000',
      '\r\u001b[2K████████████████████████ pods 1,100 of about 1,000',
      '\r\u001b[2K',
    ]);
  });

  test('on a terminal has no bar where the server gives no total', () => {
    const { report, shown } = watch(true);
    report(100, 250, null);
    report(200, 0, 0);
    assert.deepEqual(shown, ['\r\u001b[2Kpods 250', '\r\u001b[2Kpods 0 of about 0']);
  });

  test('is nothing where nothing is to be said, and nothing is cleared then', () => {
    for (const isTTY of [true, false]) {
      const { report, clear, shown } = watch(isTTY, true);
      report(60_000, 1, 2);
      clear();
      assert.deepEqual(shown, []);
    }
  });
});
