import type { Command } from 'commander';
import type { Context } from '../context.js';
import { withJson } from '../options.js';
import { applySchedule } from '../schedule/apply.js';
import { describeSchedule } from '../schedule/describe.js';
import { deleteSchedule, pauseSchedule, resumeSchedule, triggerSchedule } from '../schedule/steer.js';

export function define(command: Command, context: Context): void {
  withJson(command.command('apply'))
    .description('create the schedule, or make it what the configuration says; a pause stays')
    .action(() => applySchedule(context));
  withJson(command.command('describe'))
    .description('when it runs next, whether it is paused, what it did last')
    .action(() => describeSchedule(context));
  command
    .command('pause')
    .description('start no more runs; those that run go on')
    .option('--note <text>', 'why, for who looks at it', 'paused with llma schedule pause')
    .action(({ note }: { note: string }) => pauseSchedule(context, note));
  command
    .command('resume')
    .description('go on')
    .option('--note <text>', 'why, for who looks at it', 'resumed with llma schedule resume')
    .action(({ note }: { note: string }) => resumeSchedule(context, note));
  withJson(command.command('trigger'))
    .description('start a run of yesterday now, also when it is paused')
    .action(() => triggerSchedule(context));
  command
    .command('delete')
    .description('remove it; runs that run go on')
    .action(() => deleteSchedule(context));
}
