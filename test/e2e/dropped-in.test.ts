/** A file that is dropped in while a worker runs, or emptied: nothing of it is published, and what was stays. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rowsTemplate } from '../support/events.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { openCli, type Cli } from './cli-harness.js';

const DAY = '2026-01-02';
let cli: Cli;
let sqlDir: string;
beforeAll(async () => {
  sqlDir = temporaryDirectory({ 'kept.sql': rowsTemplate([1, 'kept', 1]), 'right.sql': rowsTemplate([1, 'right', 1]) });
  cli = await openCli({ LLMA_SQL_DIR: sqlDir });
  await cli.run('migrate', '--with-sources');
  await cli.worker();
  expect((await backfill()).code).toBe(0);
});
afterAll(() => cli.close());

const backfill = () => cli.run('backfill', '--from', DAY, '--to', DAY, '--wait');

test.each([
  ['wrong.sql', `-- metric: x\n${rowsTemplate([1, 'x', 1])}`, /\/wrong\.sql:1: .*-- metrics:/],
  ['kept.sql', '', /\/kept\.sql: it has no SELECT: write one, or remove the file/],
])('%s', async (file, sql, message) => {
  writeFileSync(join(sqlDir, file), sql);
  // A worker looks at its files twice a second.
  await expect.poll(async () => (await backfill()).stderr).toMatch(message);
  expect((await backfill()).code).toBe(1);
  const { rows } = await cli.json<{ rows: { metric_name: string }[] }>('show', DAY);
  expect(rows.map(({ metric_name }) => metric_name)).toEqual(['kept', 'right']);
});
