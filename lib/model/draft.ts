/** Of our own types, while they are being filled in. */
export type Draft<T> = { -readonly [K in keyof T]: T[K] };
