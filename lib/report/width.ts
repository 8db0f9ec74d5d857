/** Text in columns of a terminal: a wide character takes two, a combining one and a colour none. */
import stringWidth from 'string-width';

/** Nearly all text here is plain, and one column a character. */
export function widthOf(text: string): number {
  return /^[ -~]*$/.test(text) ? text.length : stringWidth(text);
}

export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const blanks = ' '.repeat(Math.max(0, width - widthOf(text)));
  return align === 'right' ? blanks + text : text + blanks;
}

/** The middle goes: both ends of a Kubernetes name tell something. `width` counts columns, not characters. */
export function shorten(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  const characters = charactersOf(text);
  const head = takeWidth(characters, Math.ceil((width - 1) / 2));
  const tail = takeWidth(characters.toReversed(), Math.floor((width - 1) / 2)).toReversed();
  return `${head.join('')}…${tail.join('')}`;
}

// oxlint-disable-next-line no-control-regex -- what begins a colour is one
const colors = /(\u001b\[[\d;]*m)/;

/** The end goes; colours are kept, so that one that began also ends. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let room = Math.max(0, width - 1);
  let full = false;
  return text
    .split(colors)
    .map((part) => {
      if (colors.test(part)) return part;
      if (full) return '';
      const taken = takeWidth(charactersOf(part), room).join('');
      room -= widthOf(taken);
      full = taken !== part;
      return full && width > 0 ? `${taken}…` : taken;
    })
    .join('');
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

export function charactersOf(text: string): string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
}

/** As many of the first characters as fit. */
function takeWidth(characters: readonly string[], width: number): string[] {
  let taken = 0;
  const end = characters.findIndex((character) => (taken += stringWidth(character)) > width);
  return characters.slice(0, end === -1 ? undefined : end);
}
