/** The command line on a terminal: a pseudo-terminal of Python's, keys, and the screen that comes of what is written. */
import { spawnSync } from 'node:child_process';
import { startCli, type CliOptions } from './cli.ts';

/** In place of tests that did not run; false where there is such a terminal. */
export const noTerminal: string | false =
  spawnSync('python3', ['-c', 'import pty']).status === 0
    ? false
    : 'NOT RUN: nothing was tried on a terminal, since there is no python3 here';

/** Lines of JSON on stdin: [width, height], a text to type, or {"signal": n}. It ends as its child does. */
const driver = `
import fcntl, json, os, pty, select, struct, sys, termios
width, height, *line = sys.argv[1:]
pid, terminal = pty.fork()
def resize(to, width, height):
    fcntl.ioctl(to, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
if pid == 0:
    resize(0, int(width), int(height))
    os.execvp(line[0], line)
orders = b""
sources = [terminal, 0]
while True:
    ready, _, _ = select.select(sources, [], [])
    if terminal in ready:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            data = b""
        if not data:
            break
        os.write(1, data)
    if 0 in ready:
        data = os.read(0, 65536)
        if not data:
            sources.remove(0)
        *whole, orders = (orders + data).split(b"\\n")
        for order in map(json.loads, whole):
            if isinstance(order, str):
                os.write(terminal, order.encode())
            elif isinstance(order, list):
                resize(terminal, *order)
            else:
                os.kill(pid, order["signal"])
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) % 256)
`;

export interface OnTerminal {
  /** The lines that are seen once they fulfil it. */
  readonly until: (isWanted: (lines: readonly string[]) => boolean) => Promise<readonly string[]>;
  readonly type: (text: string) => void;
  readonly resize: (width: number, height: number) => void;
  readonly signal: (number: number) => void;
  /** `raw`: all that was ever written, escapes as ␛. */
  readonly ended: Promise<{ readonly code: number | null; readonly raw: string }>;
}

export function startOnTerminal(
  args: readonly string[],
  { width, height, ...options }: CliOptions & { readonly width: number; readonly height: number },
): OnTerminal {
  const { child, result } = startCli(args, {
    ...options,
    env: { TERM: 'xterm', ...options.env, DRIVER: driver },
    shell: `exec python3 -c "$DRIVER" ${width} ${height} "$@"`,
    stdin: 'pipe',
  });
  let raw = '';
  let written = Promise.withResolvers<void>();
  child.stdout?.on('data', (text: string) => {
    raw += text.replaceAll('\u001b', '␛');
    written.resolve();
    written = Promise.withResolvers<void>();
  });
  const order = (what: unknown): void => void child.stdin?.write(`${JSON.stringify(what)}\n`);
  return {
    async until(isWanted) {
      for (;;) {
        const lines = screenOf(raw);
        if (isWanted(lines)) return lines;
        const end = await Promise.race([written.promise, result]);
        if (end !== undefined) throw new Error(`it ended (${end.code ?? end.signal}), and shows ${raw}`);
      }
    },
    type: order,
    resize: (...size) => order(size),
    signal: (number) => order({ signal: number }),
    ended: result.then(({ code }) => ({ code, raw })),
  };
}

/** What moves, clears and writes, as far as the product does; anything else is no part of a line. */
function screenOf(raw: string): string[] {
  const lines: string[] = [];
  let row = 0;
  for (const [, move, code, text] of raw.matchAll(/␛\[(?:(\d+);1H|([?\d;]*[a-zA-Z]))|([^␛]+)/g)) {
    if (move !== undefined) row = Number(move) - 1;
    else if (code === '2J') lines.length = 0;
    else if (code === '2K') lines[row] = '';
    else if (text !== undefined) lines[row] = (lines[row] ?? '') + text;
  }
  return Array.from(lines, (line) => line ?? '');
}
