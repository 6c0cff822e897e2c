import { afterAll, beforeAll, expect, test } from 'vitest';
import { rowsTemplate } from '../support/events.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { openCli, type Cli } from './cli-harness.js';

let cli: Cli;

const DAY = '2026-01-02';
const QUIET = 'quiet: Few people work on Fridays.';
const ROWS = ['team 1 has 7 rows', 'team 2 has 8 rows'];

beforeAll(async () => {
  const sqlDir = temporaryDirectory({
    'm.sql': rowsTemplate([1, 'm', 7], [2, 'm', 8], [2, 'x_bad_rate', 0]),
    'audits/quiet.sql': `-- warning: ${QUIET.slice(7)}
SELECT concat('team ', toString(team_id), ' has ', toString(metric_value), ' rows') AS message FROM {{ candidates }} WHERE metric_name = 'm' ORDER BY team_id`,
  });
  cli = await openCli({ LLMA_SQL_DIR: sqlDir });
  await cli.run('migrate', '--with-sources');
  await cli.worker();
});
afterAll(() => cli.close());

test('a warning says what should hold, and below it what was found: in the result, in progress and of the day', async () => {
  const parts = 'rates_have_parts: Beside a rate x_y_rate stand its numerator';
  const backfill = await cli.run('backfill', '--from', DAY, '--to', DAY, '--wait');
  expect(backfill.code).toBe(0);
  const id = `backfill/${DAY}_${DAY}`;
  const { end } = await cli.json<{ end: { result: { warnings: Record<string, string> } } }>('progress', id);
  const said = end.result.warnings[DAY]!.split('\n');
  expect(said.slice(0, 3)).toEqual([QUIET, ...ROWS.map((row) => `  ${row}`)]);
  expect(said[3]).toMatch(new RegExp(`^${parts}`));
  const aligned = [`  ${DAY}  ${QUIET}`, ...ROWS.map((row) => `                ${row}`), `              ${parts}`];
  expect(backfill.stderr).toContain(`warning: 1 day published with a warning:\n${aligned.join('\n')}`);
  expect((await cli.run('progress', id)).stderr).toContain(aligned.join('\n'));

  const shown = ['audits warn:', `  ${QUIET}`, ...ROWS.map((row) => `    ${row}`), `  ${parts}`].join('\n');
  expect((await cli.run('show', DAY)).stdout).toContain(shown);
});
