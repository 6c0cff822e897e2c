/** Each column of a published ledger row comes from the computation that it should: all values differ, so none can stand for another. */
import { expect, test } from 'vitest';
import { withDatabase } from '../support/activity-harness.js';

const harness = withDatabase();
const DAY = '2026-03-10';
/** What the day's source was, and how its rows were computed. */
const SOURCE = ['source_rows', 'source_fingerprint', 'duplicates', 'late_rows', 'teams', 'not_understood'];
const COMPUTED = ['version', 'read_rows', 'read_bytes', 'elapsed_ms'];
const TEXTS = ['workflow_id', 'workflow_run_id', 'token', 'query_id'];
const MOMENTS = ['source_max_ingested_at', 'snapshot_at'];

/** A computation of one template with values of its own in every column. */
function computation(of: number, template: string) {
  const numbers = Object.fromEntries([...SOURCE, ...COMPUTED].map((name, i) => [name, 1000 * of + i]));
  const texts = Object.fromEntries(TEXTS.map((name) => [name, `${name} ${of} it's \\ "so"`]));
  const moments = Object.fromEntries(MOMENTS.map((name, i) => [name, `2026-03-1${of} 0${i}:00:00.12345${i}`]));
  return {
    ...{ ...numbers, ...texts, ...moments },
    ...{ date: DAY, status: 'computed', rows: of, recorded_at: `2026-03-11 0${of}:00:00.000000` },
    ...{ templates: { [template]: `hash ${of}` }, template_rows: { [template]: of } },
    ...{ audits: [{ audit: `audit_${of}`, level: 'warning', message: `line\n${of}` }], reason: `reason ${of}` },
    settings: { max_threads: String(of), slice: 'Memory' },
  };
}

test('the source is that of the oldest visible computation, what ran is of the latest, findings and reasons are of both', async () => {
  const [oldest, latest] = [computation(1, 'a'), computation(2, 'b')];
  // Of a computation whose rows are not visible nothing is said.
  await harness.database.insert('llma_partition_runs', [latest, computation(3, 'gone'), oldest]);
  await harness.command(
    `INSERT INTO llma_metrics_versions (date, team_id, metric_name, metric_value, template, version, run)
     SELECT '${DAY}', team, if(team = 0, '', template), if(team = 0, rows, 5), template, version, cityHash64(token, toDate('${DAY}'), template)
     FROM (SELECT *, mapKeys(templates)[1] AS template, arrayJoin(range(rows + 1)) AS team FROM llma_partition_runs) WHERE template != 'gone'`,
  );
  expect(await harness.run('publishMonthPartition', { month: '202603' as never })).toMatchObject({ changed: [DAY] });

  const [published] = await harness.database.select<Record<string, unknown>>(
    `SELECT *, length(runs) AS made, ${MOMENTS.map((name) => `toString(${name}) AS ${name}`).join(', ')}
     FROM llma_partition_runs WHERE status = 'published'`,
  );
  const from = (row: Record<string, unknown>, names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, typeof row[name] === 'number' ? String(row[name]) : row[name]]));
  expect(published).toMatchObject({
    ...from(oldest, [...SOURCE, ...MOMENTS]),
    ...from(latest, [...COMPUTED, ...TEXTS, 'settings']),
    ...{ date: DAY, rows: '3', made: '2', error: '' },
    ...{ templates: { a: 'hash 1', b: 'hash 2' }, template_rows: { a: '1', b: '2' } },
    ...{ audits: [...oldest.audits, ...latest.audits], reason: 'reason 1; reason 2' },
  });
});
