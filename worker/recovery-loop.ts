import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { rootCause, type Logger } from '@temporalio/common';
import { startPublish } from '../activities/recover-months.js';
import type { Database } from '../clickhouse/database.js';
import { shortMessage } from '../clickhouse/errors.js';
import { lookAtMonths, type MonthLook } from '../clickhouse/look.js';
import { unfinishedDays, type UnfinishedMonth } from '../clickhouse/recovery.js';
import type { Month } from '../config/partition.js';
import { publishId } from '../workflows/plan/names.js';
import { MonthWatch, type Step } from './month-watch.js';

export interface RecoveryOptions {
  readonly client: Client;
  readonly database: Database;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  /** Milliseconds between two looks. */
  readonly every: number;
  /** A look from just before all months were compared. */
  readonly baseline?: readonly MonthLook[];
  /** What was found different then: it is being published. */
  readonly unfinished?: readonly UnfinishedMonth[];
}

/** Milliseconds that Temporal has for an answer. */
const PATIENCE = 10_000;
const DIFFERS = 'see docs/operations.md, "Live and current rows differ"';
const REFUSED = 'see docs/operations.md, "A publish fails with GateFailed"';

/**
 * Looks at all months again and again, and starts the publish of one that differs in two looks in a row: whoever accepted its rows
 * is not about to publish them. Any number of workers may do so: a publish's id is its lock.
 */
export class RecoveryLoop {
  readonly #options: RecoveryOptions;
  readonly #months = new Map<Month, MonthWatch>();
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  /** Whether the last look failed: said once, not at every look. */
  #away = false;

  constructor(options: RecoveryOptions) {
    this.#options = options;
    const { baseline = [], unfinished = [] } = options;
    for (const look of baseline) {
      const well = !unfinished.some(({ month }) => month === look.month);
      this.#months.set(look.month, well ? new MonthWatch(look.month, look) : new MonthWatch(look.month));
    }
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { every } = this.#options;
    const { signal } = this.#stopping;
    const stopped = new Promise<false>((resolve) => signal.addEventListener('abort', () => resolve(false)));
    // Workers that were started together don't look together.
    for (let pause = every * Math.random(); ;) {
      await sleep(pause, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      // Nobody who stops waits for a server that does not answer.
      pause = (await Promise.race([this.#look(), stopped])) ? every / 2 : every;
    }
  }

  /** @returns whether the next look should come soon: an accepted day is to be visible within a minute. */
  async #look(): Promise<boolean> {
    const { database, log } = this.#options;
    try {
      const looks = await lookAtMonths(database, this.#stopping.signal);
      for (const month of this.#months.keys())
        if (!looks.some((look) => look.month === month)) this.#months.delete(month);
      const steps: Step[] = [];
      for (const look of looks) steps.push(await this.#attend(look));
      if (this.#away) log.info('the months are looked at again');
      this.#away = false;
      return steps.includes('wait');
    } catch (error) {
      if (!this.#away && !this.#stopping.signal.aborted) {
        log.warn(
          `the months could not be looked at: ${shortMessage(error)}; it is tried again and again, and said once`,
        );
      }
      this.#away = true;
      return false;
    }
  }

  async #attend(look: MonthLook): Promise<Step> {
    const { database, log } = this.#options;
    const { month } = look;
    const watch = this.#months.get(month) ?? new MonthWatch(month);
    this.#months.set(month, watch);
    if (this.#stopping.signal.aborted) return 'wait';
    const step = watch.look(look, Date.now());
    if (step === 'compare') {
      const equal = (await unfinishedDays(database, month)).length === 0;
      const tries = watch.wasCompared(equal);
      if (equal && tries > 0) log.info(`month ${month}: live and current rows are equal again`);
      if (!equal && watch.look(look, Date.now()) === 'publish') await this.#publish(watch);
    }
    if (step === 'publish') await this.#publish(watch);
    return step;
  }

  async #publish(watch: MonthWatch): Promise<void> {
    const { client, log, every } = this.#options;
    const { month, tries } = watch;
    const why = tries === 1 ? await this.#whyStill(month) : undefined;
    const started = await client.withDeadline(Date.now() + PATIENCE, () => startPublish(client, month));
    if (!started) return;
    watch.wasPublished(Date.now(), every);
    if (tries === 0) log.warn(`month ${month}: live and current rows differ, a publish was started; ${DIFFERS}`);
    if (why !== undefined) {
      log.warn(
        `month ${month} still differs after its publish: ${why}; tried again ever more rarely, and said once; ${REFUSED}`,
      );
    }
  }

  /** What the month's last publish ended with. */
  async #whyStill(month: Month): Promise<string> {
    const { client } = this.#options;
    try {
      await client.withDeadline(Date.now() + PATIENCE, () => client.workflow.getHandle(publishId(month)).result());
      return 'it ended well';
    } catch (error) {
      return rootCause(error) ?? shortMessage(error);
    }
  }
}
