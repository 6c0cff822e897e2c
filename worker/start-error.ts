/** Why a process of ours can't start: a sentence for people, with the remedy. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** Nobody answers at Temporal's address. */
export function noTemporal(address: string, error: unknown): StartError {
  const why = error instanceof Error ? error.message : String(error);
  return new StartError(
    `Temporal does not answer at ${address} (${why}): start it, or set TEMPORAL_ADDRESS; "llma up" starts one`,
    { cause: error },
  );
}
