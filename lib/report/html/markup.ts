/** HTML as a value: text that is put into it is escaped, always and here alone. */
import { printable } from '../../printable.ts';

export interface Html {
  readonly html: string;
}

type Content = Html | string | number | null | readonly Content[];

/** Texts and numbers are escaped, Html goes in as it is, lists one after another, null is nothing. */
export function html(strings: TemplateStringsArray, ...parts: readonly Content[]): Html {
  return { html: strings.map((text, index) => dense(text) + render(parts[index] ?? null)).join('') };
}

/** Without the indentation that is for us alone: a tenth of a page with long tables. */
const dense = (text: string): string => text.replaceAll(/\n\s+/g, '\n');

function render(content: Content): string {
  if (content === null) return '';
  if (typeof content === 'string' || typeof content === 'number') return escapeText(String(content));
  return 'html' in content ? content.html : content.map(render).join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Safe between tags and within quoted attributes; what turns the writing direction is shown, not obeyed. */
const escapeText = (text: string): string => escapeMarkup(printable(text));

function escapeMarkup(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** Safe as well, and the same text again when a form sends it; for values of attributes, which nobody sees. */
export function exact(text: string): Html {
  return { html: escapeMarkup(text) };
}

/** Of our own making, such as a bundled script; never what a cluster says. */
export function trusted(text: string): Html {
  return { html: text };
}
