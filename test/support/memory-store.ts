import { refuseClimbing } from '../../lib/store/keys.ts';
import type { Store } from '../../lib/store/store.ts';

/** Objects in memory under the same rules as elsewhere, for tests that are not about a store. */
export function createMemoryStore(
  location = 'memory',
): Store & { readonly objects: ReadonlyMap<string, Buffer> } {
  const objects = new Map<string, Buffer>();
  const allowed = (key: string, signal: AbortSignal): string => {
    signal.throwIfAborted();
    refuseClimbing(key, location);
    return key;
  };
  return {
    location,
    identity: location,
    objects,
    async create(key, bytes, signal) {
      allowed(key, signal);
      if (objects.has(key)) return false;
      objects.set(key, Buffer.from(bytes));
      return true;
    },
    async read(key, signal) {
      const bytes = objects.get(allowed(key, signal));
      return bytes === undefined ? null : Buffer.from(bytes);
    },
    async *list(prefix, signal) {
      allowed(prefix, signal);
      const found = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort();
      for (const key of found) {
        signal.throwIfAborted();
        yield key;
      }
    },
    async *folders(prefix, signal) {
      allowed(prefix, signal);
      const below = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort();
      const names = below.map((key) => key.slice(prefix.length)).filter((rest) => rest.includes('/'));
      yield* new Set(names.map((rest) => rest.slice(0, rest.indexOf('/'))));
    },
    async remove(key, signal) {
      objects.delete(allowed(key, signal));
    },
  };
}
