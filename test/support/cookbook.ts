/** The questions of the README, as they stand there. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

export interface Recipe {
  readonly question: string;
  readonly sql: string;
}

export function cookbook(): Recipe[] {
  const readme = readFileSync(path.join(import.meta.dirname, '..', '..', 'README.md'), 'utf8');
  const [, section = ''] = /<!-- cookbook:begin -->([\s\S]*)<!-- cookbook:end -->/.exec(readme) ?? [];
  return [...section.matchAll(/\n\n(.+\?)\n\n```sql\n([\s\S]*?)\n```/g)].map(
    ([, question = '', sql = '']) => ({
      question,
      sql,
    }),
  );
}
