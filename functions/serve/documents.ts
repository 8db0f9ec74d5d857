/** Pages that were made: a snapshot never changes, and to draw a large one takes most of a second. */
import type { Document } from '../../lib/report/html/document.ts';
import { remember } from './reads.ts';

export interface Documents {
  /** `key`: all that the page depends on. */
  get(key: readonly unknown[], make: () => Document): Document;
}

/** The last few; those of large clusters are a megabyte each. */
export function createDocuments(max: number): Documents {
  const made = new Map<string, Document>();
  return {
    get(key, make) {
      const name = JSON.stringify(key);
      const document = made.get(name) ?? make();
      remember(made, name, document, max);
      return document;
    },
  };
}
