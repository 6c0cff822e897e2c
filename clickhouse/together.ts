/** Waits for all of them to end, so that none still works when one has failed. @throws what the first of those that failed threw */
export async function together<const Works extends readonly Promise<unknown>[]>(
  works: Works,
): Promise<{ -readonly [I in keyof Works]: Awaited<Works[I]> }> {
  const ended = await Promise.allSettled(works);
  const failed = ended.find((work) => work.status === 'rejected');
  if (failed) throw failed.reason;
  return ended.map((work) => (work.status === 'fulfilled' ? work.value : undefined)) as never;
}
