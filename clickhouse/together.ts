/** Waits for all of them to end, so that none still works when one has failed. @throws what the first of those that failed threw */
export async function together(works: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(works)).find((work) => work.status === 'rejected');
  if (failed) throw failed.reason;
}
