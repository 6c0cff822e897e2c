import { estimateRows } from '../../activities/estimate.js';
import { expires, UnknownTtlError } from '../../activities/retention/expiry.js';
import { sourceGuard } from '../../activities/retention/guard.js';
import type { Database } from '../../clickhouse/database.js';
import { fromTime, nextDay, previousDay } from '../../config/partition.js';
import type { Settings } from '../../config/settings.js';
import { CatalogueError, TemplateError } from '../../templates/errors.js';
import { llmEventsRelation } from '../../templates/relation.js';
import { renderPartition } from '../../templates/render.js';
import { liveCatalogue } from '../../worker/catalogue.js';
import { ok, problem, warning, type Finding } from './finding.js';

const REMEDY =
  'set LLMA_SOURCE_RETENTION_DAYS to the days that rows are kept, or to "none"; docs/operations.md, "A day is skipped as expired"';

/** What the source's tables say of how long they keep rows, and whether the reads of templates can be limited. */
export async function checkSource(settings: Settings, database: Database): Promise<Finding[]> {
  try {
    return await look(settings, database);
  } catch (error) {
    // The check of the templates names what is wrong with them.
    if (error instanceof TemplateError || error instanceof CatalogueError) return [];
    throw error;
  }
}

async function look(settings: Settings, database: Database): Promise<Finding[]> {
  const partition = previousDay(fromTime(Date.now()));
  const { eventTypes } = settings;
  const catalogue = liveCatalogue(settings)();
  const llmEvents = llmEventsRelation(catalogue, { eventTypes, dateStart: partition, dateEnd: nextDay(partition) });
  const { templates } = renderPartition(catalogue, { eventTypes, partition });
  const facts = await sourceGuard(database, settings)({ partition, llmEvents, templates });
  const findings: Finding[] = [];
  try {
    const expiry = await facts.expiry(partition);
    expires(expiry, Date.now() * 1000);
    const until = expiry && new Date(expiry.at / 1000).toISOString().slice(0, 16).replace('T', ' ');
    findings.push(
      ok(
        'retention',
        expiry ? `${expiry.by}: rows of ${partition} are kept until ${until} UTC` : 'source rows never expire',
      ),
    );
  } catch (error) {
    if (!(error instanceof UnknownTtlError)) throw error;
    findings.push(problem('retention', `how long source rows are kept can't be told: ${error.message}`, REMEDY));
  }
  const { remote, unindexed } = facts.tables;
  const isEstimated =
    (!remote && unindexed < Infinity) ||
    (await estimateRows(database, `SELECT date FROM ${llmEvents}`, facts)) !== undefined;
  if (!isEstimated && settings.limits.maxReadFactor > 0) {
    findings.push(
      warning(
        'limits',
        `${remote ? 'events come from other servers, of which this one can not say' : 'a source or a template reads a table, or a table function, of which nobody can say'} what a query would read: LLMA_MAX_READ_FACTOR has no effect`,
      ),
    );
  }
  return findings;
}
