import { Command, InvalidArgumentError } from 'commander';
import { wholeNumber } from '../../scripts/options.js';
import { ALL_GUARDS } from '../support/unguarded/guards.js';
import { ANOMALIES } from './anomalies/index.js';
import type { Variant } from './anomalies/measure.js';

/** What `npm run chaos:guards` takes. */
export interface GuardsOptions {
  /** Names of anomalies; none means all. */
  readonly anomalies: readonly string[];
  readonly rounds?: number;
  /** Only with these guards on. */
  readonly on?: Variant['on'];
  readonly json: boolean;
}

const NAMES = ANOMALIES.map(({ name }) => name);
const ON: readonly Variant['on'][] = ['none', 'all', ...ALL_GUARDS];

/** @throws CommanderError for options that can't be used; it has printed why. */
export function parseGuardsOptions(argv: readonly string[], write?: (text: string) => void): GuardsOptions {
  const command = new Command('chaos:guards')
    .description(
      'Drives every anomaly without its guards, with each of them alone, and with all, and says what readers saw.',
    )
    .argument(
      '[anomalies...]',
      `only these: ${NAMES.join(', ')}`,
      (name: string, before: readonly string[]) => [...before, known('anomaly', name, NAMES)],
      [],
    )
    .option('--rounds <number>', 'of each anomaly; default: its own', wholeNumber(1, 100_000))
    .option('--on <guard>', `only with these on: ${ON.join(', ')}`, (name) => known('guard', name, ON))
    .option('--json', 'print JSON', false)
    .exitOverride();
  if (write) command.configureOutput({ writeErr: write, writeOut: write });
  command.parse([...argv], { from: 'user' });
  const [anomalies] = command.processedArgs as [readonly string[]];
  return { ...command.opts<Omit<GuardsOptions, 'anomalies'>>(), anomalies };
}

function known<Name extends string>(what: string, name: string, names: readonly Name[]): Name {
  const found = names.find((one) => one === name);
  if (found === undefined) throw new InvalidArgumentError(`There is no ${what} ${name}.`);
  return found;
}
