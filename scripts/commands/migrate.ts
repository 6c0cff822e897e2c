import type { Command } from 'commander';
import { schemaProblems } from '../../clickhouse/check-schema.js';
import { migrate } from '../../clickhouse/migrate.js';
import { withClickHouseErrors, withDatabase } from '../clickhouse.js';
import type { Context } from '../context.js';
import { EXIT, type ExitCode } from '../errors.js';
import { withJson } from '../options.js';
import { count } from '../output.js';

export function define(command: Command, context: Context): void {
  withJson(command)
    .option('--with-sources', 'also create the tables of the sources (events) where they do not exist')
    .addHelpText('after', '\nSafe to run twice, and at the same time.')
    .action(async (options: { withSources?: true }) => {
      context.exitCode = await run(context, options.withSources === true);
    });
}

async function run({ settings, output }: Context, withSources: boolean): Promise<ExitCode> {
  const log = (line: string) => output.say(line);
  const applied = await withClickHouseErrors(settings, () => migrate(settings, { withSources, log }));
  // A table that was there before, of another shape, is left as it is: CREATE … IF NOT EXISTS says nothing.
  const problems = await withDatabase(settings, schemaProblems);
  const { database } = settings.clickhouse;
  output.json({ database, applied, problems });
  for (const problem of problems) output.error(problem);
  if (problems.length > 0) return EXIT.failed;
  output.say(
    applied.length > 0
      ? `${output.style('green', '✓')} database ${database}: ${count(applied.length, 'migration')} applied`
      : `${output.style('green', '✓')} database ${database} is up to date`,
  );
  return EXIT.ok;
}
