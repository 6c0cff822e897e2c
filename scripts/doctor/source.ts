import { readLimit } from '../../activities/read-limit.js';
import { expires, UnknownTtlError } from '../../activities/retention/expiry.js';
import { sourceGuard, type SourceFacts } from '../../activities/retention/guard.js';
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
  const { remote, unindexed, unknown } = facts.tables;
  // Of what is all here there is an estimate, or a source is wrong: the check of the templates says it.
  const isEstimated =
    (!remote && unknown.length === 0 && unindexed < Infinity) ||
    (await readLimit({ database, settings, catalogue: () => catalogue }, facts, { partition, llmEvents })) !==
      undefined;
  if (!isEstimated && settings.limits.maxReadFactor > 0) {
    findings.push(
      warning('limits', `${whyUnlimited(facts)} what a query would read: LLMA_MAX_READ_FACTOR has no effect`),
    );
  }
  return findings;
}

function whyUnlimited({ tables: { remote, unindexed, unknown } }: SourceFacts): string {
  if (remote) return 'events come from other servers, of which this one can not say';
  if (unindexed === Infinity)
    return 'a source or a template reads a table, or a table function, of which nobody can say';
  return `the definition of ${unknown.join(', and of ')} can't be read here, so that nobody can say`;
}
