/** Answers that are kept: more begin anew. */
export const MAX_ENTRIES = 256;

/** Remembers what was found, not what failed. */
export function memo<T>(find: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const found = new Map<string, Promise<T>>();
  return async (key) => {
    const before = found.get(key);
    if (before) return await before;
    if (found.size >= MAX_ENTRIES) found.clear();
    const value = find(key);
    found.set(key, value);
    value.catch(() => found.delete(key));
    return await value;
  };
}
