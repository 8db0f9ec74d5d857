/**
 * Which workloads a selector of pods means. Rows carry no pod labels; they say of each of their own terms whether it
 * selects the workload itself (`self`). So a selector is understood where some workload says that it selects it, and
 * then it means those workloads, and what else has the same owner; one that nobody says so of may mean anything.
 */
import type { CanonicalSelector } from '../../model/snapshot.ts';
import type { RepackWorkload } from './input.ts';

export interface PodTerm {
  readonly topologyKey: string;
  readonly selector?: CanonicalSelector | undefined;
  readonly namespaces?: readonly string[] | undefined;
  readonly namespaceSelector?: CanonicalSelector | undefined;
  readonly self: boolean;
}

export interface Selection {
  /** Of a term of the workload at a position: who it selects, by position. */
  readonly workloads: ReadonlySet<number>;
  /** False: the rows do not tell, and `workloads` are all that it may select. */
  readonly understood: boolean;
}

export interface Selections {
  of(workload: number, term: PodTerm): Selection;
}

export function selectionsOf(workloads: readonly RepackWorkload[]): Selections {
  const selected = new Map<string, Set<number>>();
  const denied = new Map<string, Set<number>>();
  const kin = new Map<string, number[]>();
  for (const [index, workload] of workloads.entries()) {
    for (const term of termsOf(workload)) {
      if (term.self) kin.set(ownerOf(workload), []);
      const into = term.self ? selected : reachesOwn(term) ? denied : null;
      const text = selectorText(term);
      if (into === null || text === null) continue;
      into.set(text, (into.get(text) ?? new Set()).add(index));
    }
  }
  // most workloads have no rules, nor kin that has
  if (kin.size > 0)
    for (const [index, workload] of workloads.entries()) kin.get(ownerOf(workload))?.push(index);
  const known = new Map<string, Selection>();
  let byNamespace: ReadonlyMap<string, readonly number[]> | null = null;

  const select = (workload: RepackWorkload, term: PodTerm, text: string): Selection => {
    const everywhere = term.namespaceSelector !== undefined;
    const namespaces = new Set(term.namespaces ?? [workload.namespace]);
    const reached = (index: number): boolean =>
      everywhere || namespaces.has(workloads[index]?.namespace ?? '');
    const no = denied.get(text);
    if (text !== everything) {
      const yes = [...(selected.get(text) ?? [])].filter(reached);
      if (yes.length > 0) {
        const owners = new Set(yes.map((index) => ownerOf(workloads[index] as RepackWorkload)));
        const also = [...owners].flatMap((owner) => kin.get(owner) ?? []);
        return {
          workloads: new Set([...yes, ...also.filter((index) => no?.has(index) !== true)]),
          understood: true,
        };
      }
    }
    byNamespace ??= Map.groupBy(workloads.keys(), (index) => workloads[index]?.namespace ?? '');
    const candidates = [...(everywhere ? byNamespace.keys() : namespaces)].flatMap(
      (each) => byNamespace?.get(each) ?? [],
    );
    const maybe = candidates.filter((index) => text === everything || no?.has(index) !== true);
    return { workloads: new Set(maybe), understood: text === everything && !isPartial(term) };
  };

  return {
    of(index, term) {
      const workload = workloads[index];
      const text = selectorText(term);
      // without a selector it selects no pod at all
      if (workload === undefined || text === null) return { workloads: new Set(), understood: true };
      const scope = term.namespaces === undefined ? workload.namespace : term.namespaces;
      const key = JSON.stringify([text, scope, term.namespaceSelector]);
      const selection = known.get(key) ?? select(workload, term, text);
      known.set(key, selection);
      return selection;
    },
  };
}

const everything = '{}';

const noTerms: readonly PodTerm[] = [];

export function termsOf({ constraints }: Pick<RepackWorkload, 'constraints'>): readonly PodTerm[] {
  const { topologySpread, podAffinity, podAntiAffinity } = constraints;
  if (topologySpread === undefined && podAffinity === undefined && podAntiAffinity === undefined)
    return noTerms;
  return [...(topologySpread ?? []), ...(podAffinity ?? []), ...(podAntiAffinity ?? [])];
}

/** Canonical selectors are sorted, so equal ones have equal texts. */
export function selectorText({ selector }: PodTerm): string | null {
  return selector === undefined ? null : JSON.stringify(selector);
}

/** Rows know nothing of namespaces but their names. */
function isPartial({ namespaceSelector }: Pick<PodTerm, 'namespaceSelector'>): boolean {
  return namespaceSelector !== undefined && JSON.stringify(namespaceSelector) !== everything;
}

function reachesOwn({ namespaces, namespaceSelector }: PodTerm): boolean {
  return namespaces === undefined && (namespaceSelector === undefined || !isPartial({ namespaceSelector }));
}

/** Names hold no slash. */
function ownerOf({ namespace, kind, name }: RepackWorkload): string {
  return `${namespace}/${kind}/${name}`;
}
