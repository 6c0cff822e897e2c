import { type Command, InvalidArgumentError, Option } from 'commander';
import { parsePartition, PartitionError, type Partition } from '../config/partition.js';

/** A whole number. @throws InvalidArgumentError, which commander prints with the option's name. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
  };
}

const LARGEST_TEAM = 2n ** 64n - 1n;

/** The digits of a team, which may be more than a number of JavaScript holds. @throws InvalidArgumentError, likewise. */
export function team(text: string): string {
  const value = /^\d+$/.test(text) ? BigInt(text) : undefined;
  if (value !== undefined && value <= LARGEST_TEAM) return String(value);
  throw new InvalidArgumentError(`Expected a whole number from 0 to ${LARGEST_TEAM}.`);
}

/** A UTC day. @throws InvalidArgumentError, likewise. */
export function day(text: string): Partition {
  try {
    return parsePartition(text);
  } catch (error) {
    if (!(error instanceof PartitionError)) throw error;
    const said = error.message.replace(/^date "[^"]*": /, '');
    throw new InvalidArgumentError(`${said[0]?.toUpperCase() ?? ''}${said.slice(1)}.`);
  }
}

/** Names of templates, with commas between them. */
export function names(text: string): string[] {
  const list = text.split(',').map((name) => name.trim());
  if (list.includes('')) {
    throw new InvalidArgumentError('A name is empty; expected names with commas between them, like a,b.');
  }
  if (list.every((name) => /^[a-z0-9_-]+$/.test(name))) return [...new Set(list)];
  throw new InvalidArgumentError('Expected names of files in sql/ without .sql, like event_counts,error_rates.');
}

/** A run. Temporal has its own words for an empty id, as of a variable that isn't set. */
export function runId(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError(
    'Expected a run, like backfill/2026-01-01_2026-01-31; llma progress lists those that run.',
  );
}

/** A directory. Of a variable that isn't set it would be the one that the command stands in. */
export function directory(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('Expected a directory.');
}

/** Why something is overridden: the ledger keeps it. */
export function reason(text: string): string {
  const said = text.trim();
  if (said !== '' && said.length <= 1000) return said;
  throw new InvalidArgumentError('Expected a reason of at most 1000 characters.');
}

/** Adds `--json`: standard output is JSON then, and nothing else. */
export function withJson(command: Command): Command {
  return command.addOption(new Option('--json', 'print JSON'));
}
