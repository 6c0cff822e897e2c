/** Where to look for a binary. The defaults are for everyone but tests. */
export interface FindOptions {
  /** PATH, where the caches are, what names a binary. Default: the environment of this process. */
  env?: NodeJS.ProcessEnv | undefined;
  /** Told what is about to be downloaded. */
  log?: ((line: string) => void) | undefined;
}

/** The text of an error that says all that was tried and what to do next. */
export function notFound(what: string, tried: readonly string[], next: string): string {
  return [`No ${what}:`, ...tried.map((line) => `- ${line}`), next].join('\n');
}
