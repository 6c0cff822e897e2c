import type { Command } from 'commander';
import type { Steered } from '../../workflows/messages.js';
import type { Context } from '../context.js';
import { runId } from '../options.js';
import { steer } from '../steer.js';

export function define(command: Command, context: Context): void {
  command
    .argument('<id>', 'a run, like backfill/2026-01-01_2026-01-31', runId)
    .option('--reason <text>', 'who or what holds it; it goes on when its last reason is released', 'operator')
    .addHelpText('after', '\nDays that were begun are finished; no new one begins.')
    .action(async (id: string, { reason }: { reason: string }) => {
      await steer<Steered>(context, id, {
        update: 'pause',
        message: { reason },
        said: ({ pausedBy }) => `paused by ${pausedBy.join(', ')}; "llma resume" lets it go on`,
      });
    });
}
