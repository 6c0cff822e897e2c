import type { Command } from 'commander';
import type { Context } from './context.js';

/** One file of `commands/`. */
export interface CommandModule {
  /** Gives the command its arguments, options and action. */
  define(command: Command, context: Context): void;
}

export interface Entry {
  readonly name: string;
  readonly summary: string;
  /** Heading in the help. */
  readonly group: string;
  readonly load: () => Promise<CommandModule>;
}

const SET_UP = 'Set up:';
const COMPUTE = 'Compute:';
const STEER = 'Watch and steer a run:';
const LOOK = 'Look:';

/** Every command, in the order of the help. */
export const COMMANDS: readonly Entry[] = [
  entry(SET_UP, 'up', 'start ClickHouse and Temporal on this machine, until Ctrl-C', () => import('./commands/up.js')),
  entry(SET_UP, 'migrate', 'create or upgrade our tables', () => import('./commands/migrate.js')),
  entry(SET_UP, 'roles', 'print SQL for users with exactly the rights they need', () => import('./commands/roles.js')),
  entry(SET_UP, 'worker', 'run a worker, until Ctrl-C', () => import('./commands/worker.js')),
  entry(SET_UP, 'schedule', 'the daily schedule', () => import('./commands/schedule.js')),
  entry(COMPUTE, 'backfill', 'compute the days of a range, or join who does', () => import('./commands/backfill.js')),
  entry(
    COMPUTE,
    'publish-anyway',
    'publish what an audit has blocked of a day',
    () => import('./commands/publish-anyway.js'),
  ),
  entry(STEER, 'progress', 'what runs, and how far it is', () => import('./commands/progress.js')),
  entry(STEER, 'pause', 'let a run begin no new day', () => import('./commands/pause.js')),
  entry(STEER, 'resume', 'let a paused run go on', () => import('./commands/resume.js')),
  entry(STEER, 'cancel', 'end a run; days that are accepted become visible', () => import('./commands/cancel.js')),
  entry(STEER, 'retry-failed', 'compute the failed days of a run again', () => import('./commands/retry-failed.js')),
  entry(
    STEER,
    'set-concurrency',
    'days inserted at once, of templates not by date',
    () => import('./commands/set-concurrency.js'),
  ),
  entry(LOOK, 'show', 'the metrics of a day', () => import('./commands/show.js')),
  entry(LOOK, 'doctor', 'check everything, and say what to do', () => import('./commands/doctor.js')),
];

function entry(group: string, name: string, summary: string, load: Entry['load']): Entry {
  return { name, summary, group, load };
}
