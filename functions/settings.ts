/** Settings that go together, for the commands that take them. */
import type { SettingKey } from '../lib/config.ts';

/** Which cluster is read. */
export const clusterSettings = [
  'kubeconfig',
  'context',
  'eksCluster',
  'roleArn',
  'cluster',
] as const satisfies readonly SettingKey[];

/** Where snapshots are kept. */
export const storeSettings = [
  'out',
  'store',
  'region',
  'sseKmsKey',
  'expectedBucketOwner',
] as const satisfies readonly SettingKey[];

/** What is read of them, and kept here. */
export const readingSettings = [
  ...storeSettings,
  'cluster',
  'cacheDir',
  'cacheSize',
  'requestTimeout',
] as const satisfies readonly SettingKey[];

/** Of commands that answer once. */
export const historySettings = [
  ...readingSettings,
  'timeout',
  'output',
] as const satisfies readonly SettingKey[];

/** What answers SQL, and what it may cost. */
export const engineSettings = [
  'engine',
  'athenaWorkgroup',
  'athenaDatabase',
  'maxScan',
] as const satisfies readonly SettingKey[];

/** Which gauges there are, and what they cost. */
export const gaugeSettings = [
  'metrics',
  'nodeMetrics',
  'maxMetrics',
  'storageResolution',
  'interval',
] as const satisfies readonly SettingKey[];

export const metricsSettings = [...gaugeSettings, 'prometheus'] as const satisfies readonly SettingKey[];
