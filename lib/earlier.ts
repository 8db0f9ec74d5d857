/** A slot has one snapshot: what is asked for now may differ from what it was taken with. */
import type { ApartKind } from './model/apart.ts';
import type { ReadinessRule } from './model/readiness-rule.ts';
import type { Summary } from './model/snapshot.ts';

/** Those that a snapshot tells of. */
export interface TakenWith {
  readonly labelGroups: readonly (readonly string[])[];
  readonly readinessRules: readonly ReadinessRule[];
  /** What the lists are narrowed to, for the record; empty: everything is read. */
  readonly selectors: Readonly<Record<string, string>>;
  /** What counts nowhere but apart. */
  readonly exclude: readonly ApartKind[];
}

/** Settings that have no effect on a snapshot that was taken with others. */
export function differencesOf(
  earlier: Summary,
  { selectors, labelGroups, readinessRules, exclude }: TakenWith,
): string[] {
  const narrowing = (by: Readonly<Record<string, string>>): string =>
    Object.entries(by)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ') || 'nothing';
  const groupsOf = (groups: readonly (readonly string[])[]): string =>
    [...new Set(groups.map((labels) => labels.join(',')))].sort().join(' and ') || 'none';
  const differences: string[] = [];
  const [was, is] = [narrowing(earlier.selectors ?? {}), narrowing(selectors)];
  if (was !== is) differences.push(`that snapshot is narrowed to ${was}, and not to ${is}, as asked for now`);
  const [had, has] = [groupsOf(earlier.groups.map(({ labels }) => labels)), groupsOf(labelGroups)];
  if (had !== has)
    differences.push(`the label groups of that snapshot are ${had}, and not ${has}, as asked for now`);
  const rulesOf = (names: readonly string[]): string => names.toSorted().join(' and ') || 'none';
  const [knew, knows] = [
    rulesOf((earlier.readiness ?? []).map(({ rule }) => rule)),
    rulesOf(readinessRules.map(({ name }) => name)),
  ];
  if (knew !== knows)
    differences.push(`the readiness rules of that snapshot are ${knew}, and not ${knows}, as asked for now`);
  for (const [kind, { excluded }] of Object.entries(earlier.apart ?? {})) {
    if (excluded === exclude.some((each) => each === kind)) continue;
    differences.push(
      excluded
        ? `that snapshot leaves out what is ${kind}, which --exclude does not ask for now`
        : `that snapshot counts what is ${kind}, which --exclude asks to leave out now`,
    );
  }
  return differences;
}
