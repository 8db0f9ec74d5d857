/** The one place that knows the schema library, and how its findings read to a person. */
import * as z from 'zod';

export { z };

/** One sentence per finding: `resources.cpu.free: Invalid input: expected number, received string`. */
export function describeIssues(error: z.ZodError): string[] {
  return error.issues.map(({ path, message }) =>
    path.length > 0 ? `${path.join('.')}: ${message}` : message,
  );
}
