import type { Command } from 'commander';
import type { Steered } from '../../workflows/messages.js';
import type { Context } from '../context.js';
import { runId, wholeNumber } from '../options.js';
import { count } from '../output.js';
import { steer } from '../steer.js';

export function define(command: Command, context: Context): void {
  command
    .argument('<id>', 'a run, like backfill/2026-01-01_2026-01-31', runId)
    .argument('<n>', 'days at once, 1 to 64', wholeNumber(1, 64))
    .addHelpText('after', AFTER)
    .action(async (id: string, concurrency: number) => {
      await steer<Steered>(context, id, {
        update: 'setConcurrency',
        message: { concurrency },
        said: (now) => `inserts ${count(now.concurrency, 'day')} at once from now on, where templates are not by date`,
      });
    });
}

const AFTER = `
Days of templates by date, as all that are shipped, are inserted together, whatever it says. So a run that
disturbs others is paused, or its queries get fewer threads (LLMA_MAX_THREADS of the worker).`;
