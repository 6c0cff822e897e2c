import { realpath, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { clickHousePaths, type ClickHouseUser } from './clickhouse-config.js';
import { startClickHouse, type ClickHouseServer } from './clickhouse-server.js';
import { requireUnused } from './in-use.js';
import { makeDirectory } from './make-directory.js';
import type { SearchAttribute } from './search-attributes.js';
import { startTemporal, type TemporalServer } from './temporal-server.js';

/** How to start both servers. */
export interface StackOptions {
  /** Folder of all data: ClickHouse's below `clickhouse`, Temporal's below `temporal`. Default: `.llma`. */
  dataDir?: string | undefined;
  /** Begin with no data: removes what earlier stacks left in `dataDir`. Default: false. */
  fresh?: boolean | undefined;
  /** Preferred ports; busy ones are replaced by free ones, which `log` is told. Default: any free ones. */
  clickhousePort?: number | undefined;
  temporalPort?: number | undefined;
  temporalUiPort?: number | undefined;
  users?: readonly ClickHouseUser[] | undefined;
  searchAttributes?: readonly SearchAttribute[] | undefined;
  /** Nice value of Temporal: {@link TemporalOptions.nice}. */
  temporalNice?: number | undefined;
  log?: ((line: string) => void) | undefined;
}

/** A running ClickHouse and a running Temporal. */
export interface Stack {
  clickhouse: ClickHouseServer;
  temporal: TemporalServer;
  /** Resolves when one of those that were started has ended, whoever wanted it, with a sentence: which, how, and where its log is. */
  ended: Promise<string>;
  /** Ends both; the data stay. Any number of calls. */
  stop(): Promise<void>;
}

/**
 * Starts ClickHouse and Temporal side by side, and returns when both answer. If one of them fails, none is left.
 *
 * @throws {EmbeddedError} of the one that failed
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { log, users, searchAttributes } = options;
  const wanted = resolve(options.dataDir ?? '.llma');
  await makeDirectory(wanted);
  // Servers are told apart by the path of their data: through a link the same data would be another server's.
  const dataDir = await realpath(wanted);
  const dirs = { clickhouse: join(dataDir, 'clickhouse'), temporal: join(dataDir, 'temporal') };
  await requireUnused(dirs.clickhouse);
  if (options.fresh) await Promise.all(Object.values(dirs).map((dir) => rm(dir, { recursive: true, force: true })));

  const [clickhouse, temporal] = await Promise.allSettled([
    startClickHouse({ dataDir: dirs.clickhouse, port: options.clickhousePort, users, log }),
    startTemporal({
      dataDir: dirs.temporal,
      port: options.temporalPort,
      uiPort: options.temporalUiPort,
      searchAttributes,
      nice: options.temporalNice,
      log,
    }),
  ]);
  if (clickhouse.status === 'rejected') {
    if (temporal.status === 'fulfilled') await temporal.value.stop();
    throw clickhouse.reason;
  }
  if (temporal.status === 'rejected') {
    await clickhouse.value.stop();
    throw temporal.reason;
  }
  return {
    clickhouse: clickhouse.value,
    temporal: temporal.value,
    ended: Promise.race([
      clickhouse.value.exited.then((how) => ended('ClickHouse', how, clickHousePaths(dirs.clickhouse).log)),
      temporal.value.exited.then((how) => ended('Temporal', how, 'what it printed, above')),
    ]),
    async stop() {
      await Promise.all([clickhouse.value.stop(), temporal.value.stop()]);
    },
  };
}

function ended(what: string, how: string, log: string): string {
  return `${what} ended (${how.replace(/^ended by /, '')}); its log: ${log}`;
}
