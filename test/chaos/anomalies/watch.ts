import type { ActivityHarness } from '../../support/activity-harness.js';

interface DayRead {
  readonly date: string;
  readonly rows: number;
  readonly teams: number;
  /** Distinct values of the day's rows. */
  readonly values: readonly number[];
}

/**
 * Readers of the live table. Every day has one row a team, all of one value, and that value grows with each newer snapshot:
 * so a read tells by itself whether a day is empty, partial, doubled, mixed, or older than what was seen before.
 */
export class Watch {
  reads = 0;
  readonly wrong: string[] = [];
  readonly #harness: ActivityHarness;
  readonly #teams: number;
  /** The least value that each day may show: what was seen, or was published before anybody read. */
  readonly #least = new Map<string, number>();
  #stopped = false;
  #readers: Promise<unknown> = Promise.resolve();

  constructor(harness: ActivityHarness, teams: number) {
    this.#harness = harness;
    this.#teams = teams;
  }

  start(readers = 1): void {
    const loop = async () => {
      while (!this.#stopped) await this.look();
    };
    this.#readers = Promise.all(Array.from({ length: readers }, loop));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#readers;
  }

  /** One read of all days. */
  async look(): Promise<void> {
    const least = new Map(this.#least);
    const days = await this.#read();
    this.reads += 1;
    for (const day of new Set([...least.keys(), ...days.keys()])) {
      const problem = this.#problem(days.get(day), least.get(day));
      if (problem !== undefined) this.wrong.push(`${day} ${problem}`);
      // A day that was seen doubled has been seen.
      const newest = Math.max(...(days.get(day)?.values ?? []), this.#least.get(day) ?? 0);
      this.#least.set(day, newest);
    }
  }

  /** What is wrong with the days, now that nothing runs any more. */
  async differences(expected: ReadonlyMap<string, number>): Promise<string[]> {
    const days = await this.#read();
    return [...new Set([...expected.keys(), ...days.keys()])].flatMap((date) => {
      const [day, value] = [days.get(date), expected.get(date)];
      if (value === undefined) return [`${date} stays ${words(day)}, expected nothing`];
      const problem = this.#problem(day, value);
      return problem === undefined && day?.values[0] === value
        ? []
        : [`${date} stays ${words(day)}, expected value ${value}`];
    });
  }

  #problem(day: DayRead | undefined, least: number | undefined): string | undefined {
    if (day === undefined) return least === undefined ? undefined : `vanished: it had value ${least}`;
    const { rows, teams, values } = day;
    if (rows !== this.#teams || teams !== this.#teams || values.length !== 1)
      return `is ${words(day)}, of ${this.#teams}`;
    return (values[0] ?? 0) < (least ?? 0) ? `went back: ${values[0]} after ${least}` : undefined;
  }

  async #read(): Promise<Map<string, DayRead>> {
    const rows = await this.#harness.select<DayRead>(
      `SELECT toString(d.date) AS date, count() AS rows, uniqExact(team_id) AS teams, groupUniqArray(metric_value) AS values
       FROM llma_metrics_daily AS d GROUP BY d.date`,
    );
    return new Map(rows.map((row) => [row.date, row]));
  }
}

function words(day: DayRead | undefined): string {
  if (day === undefined) return 'empty';
  return `${day.rows} rows of ${day.teams} teams, values ${[...day.values].sort((a, b) => a - b).join(', ')}`;
}
