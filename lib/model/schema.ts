/**
 * The one place that knows the schema library, and how its findings read to a person. Imported as a namespace, so
 * that a bundler can leave out what is not used: its messages in fifty languages above all.
 */
import type { ZodError } from 'zod';

export * from 'zod';

/** One sentence per finding: `resources.cpu.free: Invalid input: expected number, received string`. */
export function describeIssues(error: ZodError): string[] {
  return error.issues.map(({ path, message }) =>
    path.length > 0 ? `${path.join('.')}: ${message}` : message,
  );
}
