/**
 * The one place that knows the schema library, and how its findings read to a person. Its small form, of functions
 * instead of methods, and imported as a namespace, so that a bundler can leave out what is not used: its messages
 * in fifty languages above all.
 */
import { clone, config, globalRegistry, ZodMiniObject, type core, type ZodMiniType } from 'zod/mini';
import { $constructor, $ZodObjectJIT } from 'zod/v4/core';
import en from 'zod/v4/locales/en.js';

config(en());

export * from 'zod/mini';
export type { ZodMiniType as ZodType } from 'zod/mini';

/**
 * Objects are read by code that is generated for their fields, as in the library's large form; the small form's own
 * objects are read by a loop, and rows took a third longer to check.
 */
const CompiledObject = $constructor<ZodMiniObject>('CompiledObject', (schema, definition) => {
  $ZodObjectJIT.init(schema, definition);
  ZodMiniObject.init(schema, definition);
});

export function object<T extends core.$ZodLooseShape>(shape: T): ZodMiniObject<core.util.Writeable<T>> {
  return new CompiledObject({ type: 'object', shape }) as ZodMiniObject<core.util.Writeable<T>>;
}

/** The schema with its meaning for the docs; unlike the library's describe, it is no check that runs with every value. */
export function described<T extends ZodMiniType>(schema: T, description: string): T {
  const copy = clone(schema);
  globalRegistry.add(copy, { description });
  return copy;
}

/** One sentence per finding: `resources.cpu.free: Invalid input: expected number, received string`. */
export function describeIssues(error: core.$ZodError): string[] {
  return error.issues.map(({ path, message }) =>
    path.length > 0 ? `${placeOf(path)}: ${message}` : message,
  );
}

/** A key of a map may be of any length, where somebody else wrote it. */
const maxPlaceLength = 200;

function placeOf(path: readonly PropertyKey[]): string {
  const place = path.join('.');
  return place.length <= maxPlaceLength ? place : `${place.slice(0, maxPlaceLength)}…`;
}
