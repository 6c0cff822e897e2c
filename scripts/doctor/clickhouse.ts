import { schemaProblems } from '../../clickhouse/check-schema.js';
import type { Database } from '../../clickhouse/database.js';
import type { Settings } from '../../config/settings.js';
import { examineTemplates } from '../../worker/check-templates.js';
import { count } from '../output.js';
import { guarded, ok, problem, warning, type Finding } from './finding.js';
import { checkGrants } from './grants.js';
import { checkSource } from './source.js';
import { remedyFor } from './template-remedy.js';

/** Everything about ClickHouse but what work has left there. The connection is known to work. */
export async function checkClickHouse(settings: Settings, database: Database): Promise<Finding[]> {
  const found = await Promise.all([
    guarded('ClickHouse', () => checkNode(database)),
    guarded('grants', () => checkGrants(settings)),
    guarded('schema', () => checkSchema(database)),
    guarded('templates', () => checkTemplates(settings, database)),
    guarded('retention', () => checkSource(settings, database)),
  ]);
  return found.flat();
}

/** Connections that are opened to see whether they lead to the same server. */
const CONNECTIONS = 8;

async function checkNode(database: Database): Promise<Finding[]> {
  const { url } = database.settings;
  // Asked at once, each on a connection of its own: a load balancer would spread them.
  const ask = () =>
    database.select<{ host: string; version: string }>('SELECT hostName() AS host, version() AS version');
  const answers = (await Promise.all(Array.from({ length: CONNECTIONS }, ask))).flat();
  const hosts = [...new Set(answers.map(({ host }) => host))].sort();
  if (hosts.length === 1) return [ok('ClickHouse', `${url}, version ${answers[0]?.version ?? ''}`)];
  return [
    problem(
      'ClickHouse',
      `${url} is ${count(hosts.length, 'server')}: ${hosts.join(', ')}`,
      'set CLICKHOUSE_URL to one of them: temporary tables, KILL QUERY and the lock of a publish miss each other behind a load balancer',
    ),
  ];
}

async function checkSchema(database: Database): Promise<Finding[]> {
  const problems = await schemaProblems(database);
  if (problems.length > 0) return problems.map((text) => problem('schema', text));
  return [ok('schema', `our tables are in database ${database.settings.database}`)];
}

/** Templates and sources are described on the server, which needs their tables and SELECT on them. */
async function checkTemplates(settings: Settings, database: Database): Promise<Finding[]> {
  const { problems, warnings, catalogue } = await examineTemplates(settings, database);
  const of = (text: string) => (SOURCES.test(text) ? 'sources' : 'templates');
  const findings = problems.map((text) => problem(of(text), text, remedyFor(text)));
  const unchecked = warnings.map((text) => warning(of(text), text));
  const well = (check: string) => !findings.some((finding) => finding.check === check);
  if (findings.length > 0 && well('sources')) return [...findings, ...unchecked];
  const { templates, sources } = catalogue;
  if (well('sources')) {
    const where = `read from database ${settings.clickhouse.sourceDatabase}`;
    findings.push(ok('sources', `${count(sources.length, 'source')}, ${where}`));
  }
  if (well('templates')) {
    const selected = settings.metrics === undefined ? '' : `, of which LLMA_METRICS selects ${settings.metrics.length}`;
    findings.push(ok('templates', `${count(templates.length, 'template')}${selected}`));
  }
  return [...findings, ...unchecked];
}

/** Files that are sources, as problems name them. */
const SOURCES = /^(sql\/)?sources\//;
