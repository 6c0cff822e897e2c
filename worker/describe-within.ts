import { FLOOR, readLimit } from '../activities/read-limit.js';
import { sourceGuard } from '../activities/retention/guard.js';
import type { Database } from '../clickhouse/database.js';
import { classify, CODE, errorCode } from '../clickhouse/errors.js';
import { nextDay, type Partition } from '../config/partition.js';
import type { Settings } from '../config/settings.js';
import type { Catalogue } from '../templates/catalogue.js';
import type { DescribedColumn } from '../templates/columns.js';
import type { Describe } from '../templates/describe-piece.js';
import { CatalogueError, TemplateError, UndescribedError } from '../templates/errors.js';
import { countedEventsRelation } from '../templates/relation.js';
import { renderPartition } from '../templates/render.js';

/** Seconds that a description has: it is ended by the server then, and not left behind. */
const SECONDS = 60;

interface Examined {
  readonly settings: Settings;
  readonly database: Database;
  readonly catalogue: Catalogue;
  /** The day that the files are rendered for. */
  readonly partition: Partition;
}

/**
 * Describes within limits: ClickHouse runs the scalar subqueries of what it describes. They may read what always may be read, or else
 * what the INSERT of the day may: that is worked out when one reads more. Other days may be larger: what reads more than that is not
 * described, and nobody can say that it is wrong.
 * @returns a function that rejects with UndescribedError then
 */
export function describeWithin(examined: Examined): Describe {
  const { database, settings } = examined;
  const priority = settings.limits.priority > 0 ? { priority: String(settings.limits.priority) } : {};
  const ask = async (statement: string, rows: number | undefined) => {
    const limit = rows === undefined ? {} : { max_rows_to_read: String(rows) };
    const own = await database.supported({ ...priority, ...limit, max_execution_time: SECONDS });
    return await database.select<DescribedColumn>(statement, { settings: own });
  };
  let ofDay: Promise<number | undefined> | undefined;
  return async (statement) => {
    try {
      return await ask(statement, FLOOR);
    } catch (error) {
      if (errorCode(error) !== CODE.tooManyRows) throw error;
    }
    const rows = await (ofDay ??= mostRows(examined));
    try {
      return await ask(statement, rows);
    } catch (error) {
      throw errorCode(error) === CODE.tooManyRows ? tooManyRows(error, examined, rows) : error;
    }
  };
}

/** Rows that the INSERT of the day may read, and what always may be where that isn't known; undefined where nothing limits them. */
async function mostRows({ database, settings, catalogue, partition }: Examined): Promise<number | undefined> {
  const { eventTypes } = settings;
  try {
    const llmEvents = countedEventsRelation(catalogue, {
      eventTypes,
      dateStart: partition,
      dateEnd: nextDay(partition),
    });
    const { templates } = renderPartition(catalogue, { eventTypes, partition });
    const facts = await sourceGuard(database, settings)({ partition, llmEvents, templates });
    const limit = await readLimit({ database, settings, catalogue: () => catalogue }, facts, { partition, llmEvents });
    return limit?.rows;
  } catch (error) {
    // What is wrong with another file is said of that one.
    if (error instanceof TemplateError || error instanceof CatalogueError || classify(error) === 'permanent')
      return FLOOR;
    throw error;
  }
}

function tooManyRows(cause: unknown, { partition }: Examined, rows: number | undefined): Error {
  const most = rows === undefined ? '' : `, ${rows.toLocaleString('en-US')} rows`;
  return new UndescribedError(
    `not checked, and days like ${partition} will be refused: a subquery of it alone reads more than the INSERT of that day may${most}: ` +
      `restrict it to its partition, like timestamp >= '{{ date_start }}' AND timestamp < '{{ date_end }}', or raise LLMA_MAX_READ_FACTOR`,
    { cause },
  );
}
