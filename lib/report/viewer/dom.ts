/** Elements in few words; text goes in as text, never as markup. */

type Properties<E> = Partial<Omit<E, 'style' | 'dataset' | 'children'>>;

export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Properties<HTMLElementTagNameMap[K]> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  Object.assign(made, properties);
  made.append(...children);
  return made;
}

/** Of the page's own making: it is there. */
export function find(id: string): HTMLElement {
  const found = document.querySelector<HTMLElement>(`#${id}`);
  if (found === null) throw new Error(`the page has no ${id}`);
  return found;
}
