import type { Command } from 'commander';
import type { Steered } from '../../workflows/messages.js';
import type { Context } from '../context.js';
import { wholeNumber } from '../options.js';
import { steer } from '../steer.js';

export function define(command: Command, context: Context): void {
  command
    .argument('<id>', 'a run, like backfill/2026-01-01_2026-01-31')
    .argument('<n>', 'days at once, 1 to 64', wholeNumber(1, 64))
    .action(async (id: string, concurrency: number) => {
      await steer<Steered>(context, id, {
        update: 'setConcurrency',
        message: { concurrency },
        said: (now) => `computes ${now.concurrency} days at once from now on`,
      });
    });
}
