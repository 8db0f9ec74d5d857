/** What is no ordinary part of a cluster, and is told of apart. */
export const apartKinds = ['virtual', 'control-plane', 'placeholder'] as const;
export type ApartKind = (typeof apartKinds)[number];
