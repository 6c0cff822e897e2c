import { Command, InvalidArgumentError } from 'commander';
import { names, wholeNumber } from '../../scripts/options.js';
import { ALL_GUARDS, parseGuards, type Guard } from '../support/unguarded/guards.js';
import { FAULT_KINDS, type FaultKind } from './plan.js';

/** What `npm run chaos` takes. */
export interface Options {
  readonly faults: number;
  readonly seed: number;
  /** Ms between two faults, on average. */
  readonly every: number;
  readonly kinds: readonly FaultKind[];
  readonly days: number;
  readonly workers: number;
  /** Seconds in which everything must have settled after the last fault. */
  readonly settle: number;
  /** Guards that the workers do without. */
  readonly guardsOff: readonly Guard[];
  readonly log?: string;
  readonly json: boolean;
}

interface Given extends Omit<Options, 'guardsOff'> {
  readonly without: readonly FaultKind[];
  readonly guards: readonly Guard[];
}

/** @throws CommanderError for options that can't be used; it has printed why. */
export function parseOptions(argv: readonly string[], write?: (text: string) => void): Options {
  const command = new Command('chaos')
    .description('Does harm to a running installation for a while, and checks everything that anybody reads meanwhile.')
    .option('--faults <number>', 'how many', wholeNumber(1, 100_000), 50)
    .option('--seed <number>', 'of all that is random; default: a new one', wholeNumber(0, 4_294_967_295))
    .option('--every <ms>', 'between two faults, on average', wholeNumber(10, 600_000), 1200)
    .option('--kinds <names>', `only these: ${FAULT_KINDS.join(', ')}`, kinds, FAULT_KINDS)
    .option('--without <names>', 'not these', kinds, [])
    .option('--days <number>', 'of events, ending yesterday', wholeNumber(2, 90), 40)
    .option('--workers <number>', 'processes', wholeNumber(1, 8), 2)
    .option('--settle <seconds>', 'in which everything must be right after the last fault', wholeNumber(1, 3600), 420)
    .option('--guards <which>', 'of the workers: all, none, only=<name>, or without=<names>', guardsOff, [])
    .option('--log <file>', 'where the history goes; default: .llma/chaos/<seed>.jsonl')
    .option('--json', 'print JSON', false)
    .exitOverride();
  if (write) command.configureOutput({ writeErr: write, writeOut: write });
  command.parse([...argv], { from: 'user' });
  const { without, guards, seed, ...given } = command.opts<Given>();
  const left = given.kinds.filter((kind) => !without.includes(kind));
  if (left.length === 0) command.error('error: --without leaves no kind of fault', { code: 'chaos.kinds' });
  return { ...given, kinds: left, guardsOff: guards, seed: seed ?? Math.floor(Math.random() * 4_294_967_296) };
}

function kinds(text: string): FaultKind[] {
  const wanted = names(text);
  const unknown = wanted.filter((name) => !FAULT_KINDS.some((kind) => kind === name));
  if (unknown.length === 0) return wanted as FaultKind[];
  throw new InvalidArgumentError(`Unknown: ${unknown.join(', ')}. Known are ${FAULT_KINDS.join(', ')}.`);
}

function guardsOff(text: string): Guard[] {
  const [, how = text, listed = ''] = /^(only|without)=(.+)$/.exec(text) ?? [];
  if (how === 'all') return [];
  if (how === 'none') return [...ALL_GUARDS];
  if (how !== 'only' && how !== 'without')
    throw new InvalidArgumentError('Expected all, none, only=<name> or without=<names>.');
  try {
    const named = parseGuards(names(listed));
    return how === 'without' ? [...named] : ALL_GUARDS.filter((guard) => !named.has(guard));
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? `${error.message}.` : String(error));
  }
}
