/** What a reader sees of markup, in one line; what the script draws is not in it. */
export function textIn(markup: string): string {
  return markup
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
