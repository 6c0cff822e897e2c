import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { packageFile } from '../config/package-file.js';
import { COMMANDS, type Entry } from './commands.js';
import { Context } from './context.js';
import { EXIT, sentenceOf } from './errors.js';
import { processHost, type Host } from './host.js';

/**
 * Runs one command.
 * @param argv without the program's own name.
 * @returns the exit code.
 */
export async function main(argv: readonly string[], host: Host = processHost()): Promise<number> {
  const context = new Context(host);
  try {
    const program = await buildProgram(argv, context);
    await program.parseAsync([...argv], { from: 'user' });
    return context.exitCode;
  } catch (error) {
    return report(error, context);
  }
}

/** Only the command that is asked for is loaded: the others need no more than their summary for the help. */
async function buildProgram(argv: readonly string[], context: Context): Promise<Command> {
  const program = new Command('llma')
    .description('Durable daily metrics of LLM events: Temporal orchestrates, ClickHouse computes.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain a command and its options')
    .helpCommand('help [command]', 'explain a command and its options')
    .showHelpAfterError('(add --help to see what it takes)')
    .addHelpText('after', EXIT_CODES)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.host.stdout.write(text),
      writeErr: (text) => context.host.stderr.write(text),
      outputError: (text, write) => write(text.replace(COMMANDERS_WORDS, "error: $2 '$1' is invalid")),
      getOutHelpWidth: () => context.host.stdout.columns ?? 100,
    })
    .hook('preAction', (_, command) => {
      context.output.asJson = command.opts()['json'] === true;
    });
  const words = argv.filter((word) => !word.startsWith('-'));
  const wanted = words[0] === 'help' ? words[1] : words[0];
  for (const entry of COMMANDS) await addCommand(program, entry, entry.name === wanted ? context : undefined);
  return program;
}

async function addCommand(program: Command, entry: Entry, context: Context | undefined): Promise<void> {
  const command = program.command(entry.name).description(entry.summary).helpGroup(entry.group);
  if (context) (await entry.load()).define(command, context);
}

/** Of an argument; of an option it names the option as one types it. */
const COMMANDERS_WORDS = /^error: command-argument value '([^]*)' is invalid for argument '(\w+)'/;

const EXIT_CODES = `
Exit codes: 0 done · 1 days failed, or something is wrong · 2 bad input, or a server that doesn't answer.
DEBUG=llma prints where an error comes from.`;

function version(): string {
  const { version } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string };
  return version;
}

/** Says what went wrong, as sentences: a stack is for bugs, and for who asks for it. */
function report(error: unknown, { output, debugs }: Context): number {
  // It has printed what it had to say.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.refused;
  const sentence = sentenceOf(error);
  if (sentence !== undefined) output.error(sentence);
  else output.error(`${error instanceof Error ? error.message : String(error)} (unexpected: DEBUG=llma shows where)`);
  if (debugs && error instanceof Error) output.note(error.stack ?? '');
  return sentence === undefined ? EXIT.failed : EXIT.refused;
}
