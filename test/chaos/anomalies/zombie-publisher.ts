import type { Anomaly } from './anomaly.js';
import { Ice } from './intercept.js';

const [DAY, OTHER, NEW] = ['2026-04-10', '2026-04-20', '2026-04-25'];

/** Two attempts of one publish hold the same lock: the first was only believed dead, as after a long pause of its machine. */
export const zombiePublisher: Anomaly = {
  name: 'zombie-publisher',
  title:
    'a published day is lost, or goes back in time: a publisher stands still before its swap, another publishes newer rows, the first wakes up',
  guards: ['fence', 'fixedQueryId', 'verifySwap', 'lookAgain'],
  how: 'made',
  rounds: 10,
  async drive(ground) {
    await ground.begin(DAY, OTHER);
    await ground.renew(DAY);
    const ice = new Ice();
    const zombie = ground.publish(DAY, { onStep: (step) => (step === 'swap' ? ice.stand() : undefined) });
    await ice.reached(zombie);
    await ground.renew(DAY);
    await ground.renew(NEW);
    ground.watch.start();
    await ground.publishUntilDone(DAY);
    await ground.watch.look();
    ice.thaw();
    await zombie.catch(() => undefined);
    await ground.watch.look();
  },
};
