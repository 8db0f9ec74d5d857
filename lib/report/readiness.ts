/** How many nodes meet the readiness rules, and which do not. */
import type { RuleReadiness } from '../model/snapshot.ts';
import { formatNumber } from './format.ts';
import type { Column } from './table.ts';
import type { View } from './view.ts';

type Counted = 'applicable' | 'ready' | 'notReady' | 'unknown' | 'withTaint' | 'failingWithoutTaint';

export function readinessView(rules: readonly RuleReadiness[]): View<RuleReadiness> {
  const count = (key: Counted, title: string, dropOrder?: number): Column<RuleReadiness> => ({
    key,
    title,
    align: 'right',
    ...(dropOrder !== undefined && { dropOrder }),
    text: ({ [key]: nodes }) => (nodes === null ? '-' : formatNumber(nodes)),
    value: ({ [key]: nodes }) => nodes,
  });
  return {
    rows: rules,
    columns: [
      { key: 'rule', title: 'READINESS', flexible: true, least: 22, text: ({ rule }) => rule },
      count('applicable', 'APPLICABLE', 3),
      count('ready', 'READY'),
      count('notReady', 'NOT READY'),
      count('unknown', 'UNKNOWN'),
      count('withTaint', 'TAINTED', 2),
      count('failingWithoutTaint', 'FAILING UNTAINTED', 4),
      { key: 'failingNodes', title: 'FAILING NODES', flexible: true, dropOrder: 1, text: failingNodes },
    ],
  };
}

/** Three of them tell where to look; the row of each node says the rest. */
const maxNames = 3;

function failingNodes({ failing, failingNodes }: RuleReadiness): string {
  const named = failingNodes.slice(0, maxNames);
  const more = failing - named.length;
  if (named.length === 0) return more === 0 ? '-' : formatNumber(more);
  return `${named.join(', ')}${more > 0 ? ` and ${formatNumber(more)} more` : ''}`;
}
