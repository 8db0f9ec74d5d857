/** What the page hands to its script, compact: five thousand nodes in less than a megabyte, all else included. */

/** Columns of equal length. */
export interface TableData {
  readonly rows: number;
  readonly columns: readonly ColumnData[];
}

export interface ColumnData {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Distinct ones, in rising order of what they stand for; the unknown one last. */
  readonly texts: readonly string[];
  /** How many of the texts are known. */
  readonly known: number;
  /** Numbers fall at first, texts rise. */
  readonly numeric: boolean;
  /** Of each text, for a bar beside it, in thousandths. */
  readonly ratios: readonly number[] | null;
  /** Row by row, the position in the texts. */
  readonly cells: readonly number[];
}

/** Nodes and workloads by their position in the tables. */
export interface PictureData {
  readonly pools: readonly PoolData[];
  readonly resources: readonly PictureResource[];
  /** Of each node's free room, in thousandths; null: no room there counts as usable. */
  readonly stranded: readonly (number | null)[];
  /** Of each node: workload, pods, workload, pods; the largest first, not those of DaemonSets, perhaps not all. */
  readonly placements: readonly (readonly number[])[];
  /** Some placements are left out, the smallest ones. */
  readonly cut: boolean;
}

export interface PoolData {
  readonly name: string;
  /** As they are drawn: the largest first, of equal ones the fullest. */
  readonly nodes: readonly number[];
}

/** Of one resource, in millionths of the largest node; a virtual one may be larger. */
export interface PictureResource {
  readonly name: string;
  readonly allocatable: readonly number[];
  readonly allocated: readonly number[];
  readonly daemonSet: readonly number[];
  /** Of one pod of each workload. */
  readonly requests: readonly number[];
}

export interface ChartData {
  readonly title: string;
  /** ratio: of 1. */
  readonly unit: 'ratio' | 'count';
  readonly lines: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
}

export interface TrendData {
  /** Seconds since 1970, of each point. */
  readonly at: readonly number[];
  readonly charts: readonly ChartData[];
}

export interface ReportData {
  readonly nodes: TableData;
  readonly workloads: TableData;
  /** null: there is none to draw. */
  readonly picture: PictureData | null;
  readonly trend: TrendData | null;
}
