import { Command, InvalidArgumentError } from 'commander';
import { join } from 'node:path';
import { cacheDir } from '../embedded/cache.js';
import { SIZE_NAMES, type SizeName } from './sizes.js';
import type { Part } from './part.js';

export interface Options {
  readonly parts: readonly string[];
  readonly sizes: readonly SizeName[];
  readonly rounds: number;
  readonly pace: number;
  readonly queries: number;
  readonly json: string;
  readonly dataDir: string;
  readonly profile?: string;
  /** Results to print as Markdown, instead of measuring. */
  readonly markdown?: string;
}

/** What the command line says. @throws CommanderError, which has been printed */
export function parseOptions(argv: readonly string[], parts: Readonly<Record<string, Part>>): Options {
  const command = commandOf(parts).parse(argv, { from: 'user' });
  const { size, ...options } = command.opts<Omit<Options, 'parts' | 'sizes'> & { readonly size: SizeName[] }>();
  const named = command.args;
  return {
    ...options,
    sizes: size,
    parts: Object.keys(parts).filter((name) => named.length === 0 || named.includes(name)),
  };
}

function commandOf(parts: Readonly<Record<string, Part>>): Command {
  const names = Object.keys(parts);
  const about = Object.entries(parts).map(
    ([name, { about, sizes }]) => `  ${name.padEnd(12)} ${about}\n${' '.repeat(15)}sizes: ${sizes.join(', ')}`,
  );
  return new Command('npm run bench --')
    .description(
      'Measures the pipeline beside reference work: same machine, same data, same run. Without names all parts.',
    )
    .argument('[parts...]', 'names of parts', (name: string, all: string[] = []) => [...all, oneOf(names, name)])
    .option('--size <names>', 'sizes, separated by commas', sizesOf, SIZE_NAMES)
    .option('--rounds <n>', 'how often everything is measured', wholeNumber, 3)
    .option('--pace <n>', "analysts' queries a second", wholeNumber, 100)
    .option('--queries <n>', "analysts' queries of each round", wholeNumber, 1000)
    .option(
      '--json <file>',
      'where the results are written; what the file has already stays, but for what is measured again',
      join(import.meta.dirname, 'results', `${today()}.json`),
    )
    .option('--data-dir <dir>', 'where servers keep their data, generated events among them', join(cacheDir(), 'bench'))
    .option(
      '--profile <dir>',
      'where CPU profiles of the worker are written, for a flame graph; profiling slows it down',
    )
    .option('--markdown <file>', 'prints results that were written before as Markdown, and measures nothing')
    .addHelpText('after', `\nParts:\n${about.join('\n')}`);
}

function sizesOf(text: string): SizeName[] {
  return text.split(',').map((name) => oneOf(SIZE_NAMES, name.trim().toUpperCase() as SizeName));
}

function oneOf<Name extends string>(names: readonly Name[], name: Name): Name {
  if (names.includes(name)) return name;
  throw new InvalidArgumentError(`expected of ${names.join(', ')}`);
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number from 1');
}

/** `2026-01-31T06-00-00`: a file's name on every system. */
function today(): string {
  return new Date().toISOString().slice(0, 19).replaceAll(':', '-');
}
