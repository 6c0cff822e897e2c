/** What a command's exit code means. */
export const EXIT = {
  ok: 0,
  /** The work was done in part: days failed, or something is wrong. */
  failed: 1,
  /** Nothing was done: bad input, or a server that doesn't answer. */
  refused: 2,
  /** Ctrl-C while watching. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A command that was given what it can't use. A sentence for people, with the remedy. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Errors that are sentences for people already, by name: `instanceof` would load what throws them. */
const SENTENCES: ReadonlySet<string> = new Set([
  'UsageError',
  'ConfigError',
  'StartError',
  'EmbeddedError',
  'MigrationError',
  'CatalogueError',
  'PartitionError',
]);

/** The sentence of an expected error; undefined for anything else, which is a bug of ours. */
export function sentenceOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return SENTENCES.has(error.name) ? error.message.trim() : undefined;
}
