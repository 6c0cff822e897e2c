import type { Command } from 'commander';
import type { Steered } from '../../workflows/messages.js';
import type { Context } from '../context.js';
import { runId } from '../options.js';
import { steer } from '../steer.js';

export function define(command: Command, context: Context): void {
  command
    .argument('<id>', 'a run, like backfill/2026-01-01_2026-01-31', runId)
    .option('--reason <text>', 'releases only this reason (default: all of them)')
    .action(async (id: string, options: { reason?: string }) => {
      await steer<Steered>(context, id, {
        update: 'resume',
        message: options,
        said: ({ pausedBy }) => (pausedBy.length > 0 ? `still paused by ${pausedBy.join(', ')}` : 'goes on'),
      });
    });
}
