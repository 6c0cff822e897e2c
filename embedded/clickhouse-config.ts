import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedError } from './errors.js';
import { makeDirectory } from './make-directory.js';
import { LOCALHOST } from './ports.js';

/** A user besides `default`, which may do everything and has no password. SQL can't create users here. */
export interface ClickHouseUser {
  /** Letters, digits and `_`. */
  name: string;
  password: string;
  /** May only read, and change settings of its own queries (`readonly = 2`). */
  readonly?: boolean;
  /** Exactly what it may do: statements like `GRANT SELECT ON llma.*`. Without them everything, as for `default`. */
  grants?: string[];
  /** Settings that its queries run with: `{ max_memory_usage: 100_000_000 }`. */
  settings?: Record<string, string | number>;
}

/** Clusters that a server knows, by name: of each of their shards the native port on localhost. */
export type ClickHouseClusters = Readonly<Record<string, readonly number[]>>;

/** Where a server keeps what. */
export interface ClickHousePaths {
  /** Tables and metadata: `--path`. */
  data: string;
  config: string;
  log: string;
  errorLog: string;
  /** Working directory of its own: wherever we were started, the engine finds and leaves no files there. */
  cwd: string;
}

export function clickHousePaths(dataDir: string): ClickHousePaths {
  return {
    data: join(dataDir, 'data'),
    config: join(dataDir, 'config.xml'),
    log: join(dataDir, 'clickhouse.log'),
    errorLog: join(dataDir, 'clickhouse.err.log'),
    cwd: join(dataDir, 'cwd'),
  };
}

/** Writes the configuration into the data directory, anew at each start: where it is and its port may have changed. */
export async function writeClickHouseConfig(options: {
  dataDir: string;
  port: number;
  /** Value of the macro `instance`, by which we know that it is our server that answers. */
  instance: string;
  users?: readonly ClickHouseUser[] | undefined;
  /** Port of the native protocol, over which servers talk to each other. */
  tcpPort?: number | undefined;
  clusters?: ClickHouseClusters | undefined;
}): Promise<ClickHousePaths> {
  const paths = clickHousePaths(options.dataDir);
  const users = join(options.dataDir, 'users.xml');
  await makeDirectory(paths.data);
  await makeDirectory(paths.cwd);
  // Users first: the configuration names the file.
  await writeFile(users, usersXml(options.users ?? []), { mode: 0o600 });
  await writeFile(paths.config, configXml({ ...options, paths, users }), { mode: 0o600 });
  return paths;
}

/** As strict as a server can be with users that have grants of their own: who works here lacks none elsewhere. */
const REQUIRED_GRANTS = [
  'on_cluster_queries_require_cluster_grant',
  'select_from_system_db_requires_grant',
  'select_from_information_schema_requires_grant',
  'table_engines_require_grant',
] as const;

interface Config {
  port: number;
  instance: string;
  paths: ClickHousePaths;
  users: string;
  tcpPort?: number | undefined;
  clusters?: ClickHouseClusters | undefined;
}

function configXml(options: Config): string {
  const { paths, tcpPort, clusters = {} } = options;
  const log = (name: string): string =>
    `<${name}><database>system</database><table>${name}</table><flush_interval_milliseconds>7500</flush_interval_milliseconds></${name}>`;
  return `<clickhouse>
  <path>${xml(paths.data)}/</path>
  <tmp_path>${xml(paths.data)}/tmp/</tmp_path>
  <user_files_path>${xml(paths.data)}/user_files/</user_files_path>
  <users_config>${xml(options.users)}</users_config>
  <default_profile>default</default_profile>
  <listen_host>${LOCALHOST}</listen_host>
  <http_port>${options.port}</http_port>${tcpPort === undefined ? '' : `\n  <tcp_port>${tcpPort}</tcp_port>`}
  <background_pool_size>16</background_pool_size>
  <background_schedule_pool_size>16</background_schedule_pool_size>
  <macros><instance>${xml(options.instance)}</instance></macros>
  <access_control_improvements>${REQUIRED_GRANTS.map((name) => `<${name}>true</${name}>`).join('')}</access_control_improvements>
  <logger>
    <log>${xml(paths.log)}</log><errorlog>${xml(paths.errorLog)}</errorlog><size>20M</size><count>2</count>
  </logger>
  ${log('query_log')}
  ${log('part_log')}
  <remote_servers>${Object.entries(clusters).map(clusterXml).join('')}</remote_servers>
  <prometheus><endpoint>/metrics</endpoint><metrics>true</metrics><events>true</events><asynchronous_metrics>true</asynchronous_metrics></prometheus>
</clickhouse>
`;
}

function clusterXml([name, ports]: [string, readonly number[]]): string {
  const shard = (port: number): string =>
    `<shard><replica><host>${LOCALHOST}</host><port>${port}</port></replica></shard>`;
  return `<${name}>${ports.map(shard).join('')}</${name}>`;
}

/** The users file: `default` and the others, each with a profile of its own. */
export function usersXml(users: readonly ClickHouseUser[]): string {
  for (const { name } of users) {
    if (!/^[A-Za-z_]\w*$/.test(name) || name === 'default') {
      throw new EmbeddedError(`ClickHouse user ${JSON.stringify(name)}: take another name, of letters, digits and _`);
    }
  }
  return `<clickhouse>
  <profiles><default/>${users.map(profileXml).join('')}</profiles>
  <quotas><default/></quotas>
  <users>
    <default><password/><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota></default>${users.map(userXml).join('')}
  </users>
</clickhouse>
`;
}

function profileXml(user: ClickHouseUser): string {
  const settings = { ...(user.readonly ? { readonly: 2 } : {}), ...user.settings };
  const entries = Object.entries(settings).map(([name, value]) => `<${name}>${xml(String(value))}</${name}>`);
  return `<${user.name}>${entries.join('')}</${user.name}>`;
}

function userXml(user: ClickHouseUser): string {
  const hash = createHash('sha256').update(user.password).digest('hex');
  const queries = (user.grants ?? []).map((grant) => `<query>${xml(grant)}</query>`).join('');
  return `
    <${user.name}>
      <password_sha256_hex>${hash}</password_sha256_hex><networks><ip>::/0</ip></networks>
      <profile>${user.name}</profile><quota>default</quota>${queries && `<grants>${queries}</grants>`}
    </${user.name}>`;
}

function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
