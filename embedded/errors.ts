/**
 * An expected failure of the stack in a box: something is missing, busy or would not start.
 * Its message is written for people: what was tried, what happened, what to do next. Print it without the stack.
 */
export class EmbeddedError extends Error {
  override readonly name = 'EmbeddedError';
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
