import type { Command } from 'commander';
import type { Settings } from '../../config/settings.js';
import { openDatabase, type Database } from '../../clickhouse/database.js';
import { connectionProblem } from '../../worker/check-clickhouse.js';
import { openTemporal, type Temporal } from '../connect.js';
import type { Context } from '../context.js';
import { checkClickHouse } from '../doctor/clickhouse.js';
import { guarded, problem, type Finding } from '../doctor/finding.js';
import { checkLeftovers } from '../doctor/leftovers.js';
import { checkConfiguration, checkNode } from '../doctor/local.js';
import { checkPublishes } from '../doctor/publishes.js';
import { checkTemporal } from '../doctor/temporal.js';
import { EXIT, type ExitCode } from '../errors.js';
import { withJson } from '../options.js';
import type { Output } from '../output.js';

export function define(command: Command, context: Context): void {
  withJson(command)
    .option('--fix', 'kill queries of runs that have ended, and drop their tables')
    .addHelpText('after', '\nWhat is accepted and not visible is published, with --fix and without.')
    .addHelpText('after', 'Exit code 1 when something is wrong (✗); what is only worth knowing (!) is not.')
    .action(async (options: { fix?: true }) => {
      context.exitCode = await run(context, options.fix === true);
    });
}

async function run(context: Context, fix: boolean): Promise<ExitCode> {
  const { settings, findings } = checkConfiguration(() => context.readSettings());
  const all = [checkNode(), ...findings, ...(settings ? await checkServers(settings, fix) : [])];
  const well = all.every(({ level }) => level !== 'problem');
  context.output.json({ ok: well, findings: all });
  for (const finding of all) for (const line of linesOf(context.output, finding)) context.output.say(line);
  return well ? EXIT.ok : EXIT.failed;
}

async function checkServers(settings: Settings, fix: boolean): Promise<Finding[]> {
  const database = openDatabase(settings.clickhouse);
  const temporal = await reachTemporal(settings);
  const server = typeof temporal === 'object' && 'client' in temporal ? temporal : undefined;
  try {
    const unreachable = await reachClickHouse(database);
    const findings = unreachable ? [unreachable] : await checkClickHouse(settings, database);
    findings.push(...('client' in temporal ? await checkTemporal(settings, temporal) : [temporal]));
    if (unreachable || findings.some(({ check, level }) => check === 'schema' && level === 'problem')) return findings;
    findings.push(...(await guarded('publishes', () => checkPublishes(database, server))));
    findings.push(...(await guarded('leftovers', () => checkLeftovers(database, server, fix))));
    return findings;
  } finally {
    await database.close();
    await server?.connection.close();
  }
}

async function reachTemporal(settings: Settings): Promise<Temporal | Finding> {
  try {
    return await openTemporal(settings);
  } catch (error) {
    return problem('Temporal', error instanceof Error ? error.message : String(error));
  }
}

async function reachClickHouse(database: Database): Promise<Finding | undefined> {
  try {
    await database.select('SELECT 1');
    return undefined;
  } catch (error) {
    return problem('ClickHouse', connectionProblem(error, database));
  }
}

/** Columns of the name of a check. */
const WIDTH = 18;

function linesOf(output: Output, { check, level, message, remedy }: Finding): string[] {
  const sign = {
    ok: output.style('green', '✓'),
    warning: output.style('yellow', '!'),
    problem: output.style('red', '✗'),
  }[level];
  const first = `${sign} ${check.padEnd(WIDTH)} ${message}`;
  return remedy === undefined ? [first] : [first, `${' '.repeat(WIDTH + 3)}${output.style('dim', `→ ${remedy}`)}`];
}
