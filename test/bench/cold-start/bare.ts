/** Node alone. */
export {};
