/** How a scheduler of one version counts: the options its feature gates set. */
export interface Semantics {
  /** The oldest version of the row, as published in a snapshot. */
  readonly row: string;
  /** In-place resize: what was allocated and actuated counts beside the spec (since 1.33). */
  readonly useStatus: boolean;
  /** spec.resources.requests replace the sum of the containers (since 1.34). */
  readonly podLevel: boolean;
  /** The pod-level status counts too (since 1.36). */
  readonly podLevelStatus: boolean;
  /** maximumOfSums since 1.37 (kubernetes#140046), maximum per container before. */
  readonly statusRule: 'perContainer' | 'maximumOfSums';
}

const spec: Semantics = {
  row: '1.29',
  useStatus: false,
  podLevel: false,
  podLevelStatus: false,
  statusRule: 'perContainer',
};

/** Defaults of the feature gates, oldest first: each row holds up to the next. */
const semanticsRows: readonly (Semantics & { readonly minor: number })[] = [
  { ...spec, minor: 29 },
  { ...spec, minor: 33, row: '1.33', useStatus: true },
  { ...spec, minor: 34, row: '1.34', useStatus: true, podLevel: true },
  { ...spec, minor: 36, row: '1.36', useStatus: true, podLevel: true, podLevelStatus: true },
  {
    minor: 37,
    row: '1.37',
    useStatus: true,
    podLevel: true,
    podLevelStatus: true,
    statusRule: 'maximumOfSums',
  },
];

const oldestMinor = 29;
const newestMinor = 37;

/** The row of the server's minor version, and a word where the version lies outside the known ones. */
export function semanticsFor(minor: number): {
  readonly semantics: Semantics;
  readonly problem: string | null;
} {
  const row = semanticsRows.findLast((candidate) => candidate.minor <= minor) ?? semanticsRows[0];
  const { minor: _minor, ...semantics } = row ?? { ...spec, minor: oldestMinor };
  if (minor >= oldestMinor && minor <= newestMinor) return { semantics, problem: null };
  const known = `1.${oldestMinor} to 1.${newestMinor}`;
  return {
    semantics,
    problem: `Kubernetes 1.${minor} is outside the known versions ${known}: counted as ${row?.row}`,
  };
}

/** A candidate pod is judged by its spec alone, whatever its status says (NodeResourcesFit). */
export function forCandidate(semantics: Semantics): Semantics {
  return { ...semantics, useStatus: false, podLevelStatus: false, statusRule: 'perContainer' };
}
