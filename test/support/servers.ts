import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type {} from 'vitest';
import type { TestProject } from 'vitest/node';
import { startStack } from '../../embedded/stack.js';
import { isRunning } from './is-running.js';
import { serverDirectory } from './server-directory.js';
import { forTests } from './for-tests.js';
import { READONLY_USER } from './session-settings.js';
import { COMPILING_USER } from './without-compiler.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of the ClickHouse server of this run; its user `default` may do everything, and so may {@link COMPILING_USER}; {@link READONLY_USER} reads. */
    clickhouseUrl: string;
    /** host:port of the Temporal server of this run, with our search attributes in the namespace `default`. */
    temporalAddress: string;
    /** Path of the `temporal` command, as operators would use it. */
    temporalCliPath: string;
  }
}

/** One ClickHouse and one Temporal for a whole run of vitest. Tests keep apart by databases and task queues. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = serverDirectory();
  forTests(join(dataDir, 'clickhouse'));
  const stack = await startStack({
    dataDir,
    // Whatever else works on this machine goes before a nice server, whose clients' timeouts are not nice.
    temporalNice: 0,
    users: [COMPILING_USER, READONLY_USER],
    searchAttributes: [
      { name: 'LlmaPartition', type: 'KeywordList' },
      { name: 'LlmaRunKind', type: 'Keyword' },
      { name: 'LlmaFailed', type: 'Int' },
    ],
  });
  project.provide('clickhouseUrl', stack.clickhouse.url);
  project.provide('temporalAddress', stack.temporal.address);
  project.provide('temporalCliPath', stack.temporal.cliPath);
  console.log(`ClickHouse ${stack.clickhouse.url} from ${stack.clickhouse.binary}`);
  console.log(`Temporal ${stack.temporal.address} from ${stack.temporal.binary}`);

  return async () => {
    const pids = [stack.clickhouse.pid, stack.temporal.pid];
    await stack.stop();
    const left = pids.filter(isRunning);
    if (left.length > 0) throw new Error(`Servers that are still running after the tests: ${left.join(', ')}`);
    await rm(dataDir, { recursive: true, force: true });
  };
}
