/** How far the lists have come: a bar on a terminal, a log line now and then elsewhere. */
import type { Progress } from '../lib/cluster/reader.ts';
import type { Log } from '../lib/log.ts';
import { bar, formatNumber } from '../lib/report/format.ts';

export interface Terminal {
  readonly isTTY: boolean;
  readonly write: (text: string) => void;
  readonly now: () => number;
}

const barEveryMs = 100;
const lineEveryMs = 5000;
const clearLine = '\r\u001b[2K';

export interface ProgressLine extends Progress {
  /** Takes the bar away, so that other output may be written. */
  clear(): void;
}

export function createProgress(
  { isTTY, write, now }: Terminal,
  log: () => Log,
  quiet: boolean,
): ProgressLine {
  let last = now();
  let drawn = false;
  return {
    report(what, items, total) {
      const everyMs = isTTY ? barEveryMs : lineEveryMs;
      if (quiet || now() - last < everyMs) return;
      last = now();
      const about = total === null ? '' : ` of about ${formatNumber(total)}`;
      const text = `${what} ${formatNumber(items)}${about}`;
      if (!isTTY) return log().info(text);
      write(
        `${clearLine}${total === null || total === 0 ? '' : `${bar(Math.min(1, items / total), 24)} `}${text}`,
      );
      drawn = true;
    },
    clear() {
      if (drawn) write(clearLine);
      drawn = false;
    },
  };
}
