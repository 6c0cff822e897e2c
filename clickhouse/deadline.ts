/** The server did not answer in time. Whether it has done the statement, nobody knows. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

/**
 * Does `work`, which must end when the signal that it is handed aborts, and gives it so many seconds.
 * @throws NoAnswerError when they are over, else what `work` throws.
 */
export async function withinSeconds<T>(
  seconds: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), seconds * 1000);
  try {
    return await work(outer ? AbortSignal.any([outer, late.signal]) : late.signal);
  } catch (error) {
    if (!late.signal.aborted || outer?.aborted) throw error;
    throw new NoAnswerError(`ClickHouse did not answer within ${seconds} s`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
