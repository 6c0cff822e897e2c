import { CommanderError } from 'commander';

/** What options are, or the end of the process: it has printed why they can't be used, or its help. */
export function orExit<Options>(parse: (argv: readonly string[]) => Options): Options {
  try {
    return parse(process.argv.slice(2));
  } catch (error) {
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
    throw error;
  }
}
