import type { Anomaly } from './anomaly.js';

const DAYS = ['2026-04-10', '2026-04-20'] as const;

/** What is shown in between is not ours to prevent: only what stays counts. */
export const meddledLive: Anomaly = {
  name: 'meddled-live',
  title:
    'a month that is not what was published is believed published: it is doubled in the moment of its swap, as by a kill -9 of the server',
  guards: ['verifySwap', 'lookAgain'],
  how: 'made',
  rounds: 10,
  async drive(ground) {
    await ground.begin(...DAYS);
    await ground.renew(DAYS[0]);
    let doubled = false;
    await ground.publishUntilDone(DAYS[0], {
      onStep: async (step) => {
        if (step !== 'verify' || doubled) return;
        doubled = true;
        await ground.harness.command('INSERT INTO llma_metrics_daily SELECT * FROM llma_metrics_daily');
      },
    });
  },
};
