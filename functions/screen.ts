/** A terminal as a screen of lines and a source of keys; whatever ends the process, it is left as it was found. */
import { emitKeypressEvents, type Key as Keypress } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import type { Key } from '../lib/report/terminal/keys.ts';
import type { Size } from '../lib/report/terminal/state.ts';

/** What of the process a screen needs. */
export interface Terminal {
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  once(event: 'exit' | 'uncaughtExceptionMonitor', listener: () => void): unknown;
  off(event: 'exit' | 'uncaughtExceptionMonitor', listener: () => void): unknown;
}

export interface ScreenEvents {
  readonly key: (key: Key) => void;
  readonly resize: (size: Size) => void;
  /** Nobody sits there any more. */
  readonly gone: () => void;
}

export interface Screen {
  readonly size: Size;
  /** Writes what differs from what was drawn before. */
  draw(lines: readonly string[]): void;
  close(): void;
}

// the other screen, no cursor, and no line that goes on in the next one where a character is wider than we think
const enter = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J';
const leave = '\u001b[?7h\u001b[?1049l\u001b[?25h';
const clear = '\u001b[2J';

export function openScreen(terminal: Terminal, { key, resize, gone }: ScreenEvents): Screen {
  const { stdin, stdout } = terminal;
  let drawn: readonly string[] = [];
  const pressed = (text: string | undefined, about: Keypress): void => key(keyOf(text, about));
  const resized = (): void => {
    drawn = [];
    stdout.write(clear);
    resize(sizeOf(stdout));
  };
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    terminal.off('exit', close);
    terminal.off('uncaughtExceptionMonitor', close);
    stdin.off('keypress', pressed).off('end', gone).off('error', gone);
    stdout.off('resize', resized);
    stdout.write(leave);
    if (!stdin.destroyed) stdin.setRawMode(false).pause();
  };
  // before an error that nobody caught is printed, which would be lost on the other screen
  terminal.once('uncaughtExceptionMonitor', close);
  terminal.once('exit', close);
  emitKeypressEvents(stdin);
  stdin.on('keypress', pressed).once('end', gone).once('error', gone);
  stdout.on('resize', resized);
  stdin.setRawMode(true).resume();
  stdout.write(enter);
  return {
    size: sizeOf(stdout),
    draw(lines) {
      if (!open) return;
      const changed = lines.flatMap((line, index) =>
        line === drawn[index] ? [] : [`\u001b[${index + 1};1H\u001b[2K${line}`],
      );
      drawn = lines;
      if (changed.length > 0) stdout.write(changed.join(''));
    },
    close,
  };
}

/** Some terminals do not tell. */
function sizeOf({ columns, rows }: WriteStream): Size {
  return { width: columns || 80, height: rows || 24 };
}

function keyOf(text: string | undefined, { name = '', ctrl, meta, shift }: Keypress): Key {
  const types = text !== undefined && ctrl !== true && meta !== true && !/\p{Cc}/u.test(text);
  const prefix = ctrl === true ? 'ctrl-' : shift === true && name === 'tab' ? 'shift-' : '';
  return { name: `${prefix}${name}`, text: types ? text : '' };
}
