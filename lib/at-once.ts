/**
 * Works through the items, so many at a time; the next is asked for only when one is done. The first error ends it, once
 * all that is under way has ended too: whoever catches it may take away what they work on.
 */
export async function atOnce<T>(
  count: number,
  items: Iterable<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (let next = iterator.next(); next.done !== true && !failed; next = iterator.next()) {
      try {
        await work(next.value);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: count }, worker));
  const first = ended.find(({ status }) => status === 'rejected');
  if (first?.status === 'rejected') throw first.reason;
}
