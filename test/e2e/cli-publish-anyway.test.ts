import { afterAll, beforeAll, expect, test } from 'vitest';
import { rowsTemplate } from '../support/events.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { openCli, type Cli } from './cli-harness.js';

let cli: Cli;

beforeAll(async () => {
  const twice = rowsTemplate([1, 'x', 1], [1, 'x', 1]);
  const sqlDir = temporaryDirectory({
    'ratios.sql': rowsTemplate([1, 'x_rate', 101]),
    'twice.sql': `${twice} WHERE '{{ partition }}' = '${TWICE}'`,
  });
  cli = await openCli({ LLMA_SQL_DIR: sqlDir });
  await cli.run('migrate', '--with-sources');
  await cli.worker();
});
afterAll(() => cli.close());

const DAY = '2026-01-02';
/** A day of two rows of one key. */
const TWICE = '2026-01-03';
const FOUND = 'template ratios: metric "x_rate" of team 1 is 101';

test('a day that an audit blocked: by name everywhere, published only with a reason, which the ledger keeps', async () => {
  const before = await cli.run('publish-anyway', DAY, '--reason', 'why not');
  expect(before).toEqual({
    code: 2,
    stdout: '',
    stderr: `error: no audit has blocked ${DAY} (it was never computed): "llma backfill --from ${DAY} --to ${DAY}" computes it\n`,
  });

  const backfill = await cli.run('backfill', '--from', DAY, '--to', DAY, '--wait');
  expect(backfill.code).toBe(1);
  expect(backfill.stderr).toContain('error: 1 day was blocked; what was published of them before stays:\n');
  expect(backfill.stderr).toContain(FOUND);
  expect(backfill.stderr).toContain(
    `if a blocked day is right all the same: llma publish-anyway ${DAY} --reason TEXT\n`,
  );
  expect((await cli.run('progress', `${DAY}_${DAY}`)).stderr).toContain(FOUND);
  const shown = await cli.run('show', DAY);
  expect(shown.stdout).toContain(`the last attempt at ${DAY} was blocked: partition ${DAY} was not accepted:`);
  expect(shown.stdout).toContain('it has never been published');

  expect((await cli.run('publish-anyway', DAY)).code).toBe(2);
  expect((await cli.run('publish-anyway', DAY, '--reason', ' ')).stderr).toContain('Expected a reason of');
  const anyway = await cli.run('publish-anyway', DAY, '--reason', 'refunds count twice');
  expect(anyway).toMatchObject({ code: 0 });
  expect(anyway.stdout).toContain(`publish-anyway/${DAY}: 1 day published, 1 row`);

  const after = await cli.run('show', DAY);
  expect(after.stdout).toContain('x_rate');
  expect(after.stdout).toContain(
    `an objection was overridden for ${DAY}: refunds count twice\naudits blocked it:\n  rates_in_range: Metrics whose names end in _rate are percentages from 0 to 100.\n    ${FOUND}\n`,
  );
  expect((await cli.run('publish-anyway', DAY, '--reason', 'again')).stderr).toContain(
    '(its last attempt was published)',
  );
});

test('a day that no override accepts: nobody is advised to try, and whoever does is told what to do', async () => {
  const remedy = `no override accepts this: mend the template or the source, then llma backfill --from ${TWICE} --to ${TWICE}\n`;
  const backfill = await cli.run('backfill', '--from', TWICE, '--to', TWICE, '--wait');
  expect(backfill.stderr).toContain('team 1 has 2 rows of metric "x", from template twice\n');
  expect(backfill.stderr).toContain(remedy);
  expect(backfill.stderr).not.toContain('publish-anyway');

  const anyway = await cli.run('publish-anyway', TWICE, '--reason', 'it is right');
  expect(anyway.code).toBe(1);
  expect(anyway.stderr).toContain(remedy);
  expect(anyway.stderr).not.toContain('if a blocked day is right all the same');
});
