/** How many partitions of a chunk should compute at once: a backfill of the generated days, whole job, at several widths. */
import { Client, Connection } from '@temporalio/client';
import { createClient } from '@clickhouse/client';
import { migrate } from '../clickhouse/migrate.js';
import { foreignEnvironment } from '../config/environment.js';
import { loadSettings } from '../config/settings.js';
import { startStack } from '../embedded/stack.js';
import { loadGenerated } from '../examples/load-generated.js';
import { startWorker } from '../worker/run.js';
import { installRuntime } from '../worker/runtime.js';
import { SEARCH_ATTRIBUTE, TASK_QUEUE, WORKFLOW } from '../workflows/plan/names.js';

const WIDTHS = [1, 2, 4, 8, 14];
const ROUNDS = 3;

const stack = await startStack({
  dataDir: '.llma/bench',
  fresh: true,
  searchAttributes: Object.values(SEARCH_ATTRIBUTE),
});
try {
  const settings = loadSettings({
    ...foreignEnvironment(),
    CLICKHOUSE_URL: stack.clickhouse.url,
    TEMPORAL_ADDRESS: stack.temporal.address,
    LLMA_WORKER_ADDRESS: '127.0.0.1:0',
    LLMA_LOG_LEVEL: 'WARN',
  });
  await migrate(settings, { withSources: true });
  const clickhouse = createClient({ url: stack.clickhouse.url });
  const { from, to, days } = await loadGenerated({ clickhouse, database: 'llma' });
  await clickhouse.close();
  const worker = await startWorker(settings, await installRuntime(settings.worker, []));
  const connection = await Connection.connect({ address: stack.temporal.address });
  const client = new Client({ connection });
  const run = async (concurrency: number, round: number): Promise<number> => {
    const began = performance.now();
    await client.workflow.execute(WORKFLOW.backfill, {
      taskQueue: TASK_QUEUE,
      workflowId: `bench/${concurrency}-${round}`,
      args: [{ from, to, concurrency }],
    });
    return (performance.now() - began) / days;
  };
  await run(4, -1);
  const times = new Map(WIDTHS.map((width) => [width, [] as number[]]));
  // Round by round, so that a noisy minute meets every width.
  for (let round = 0; round < ROUNDS; round++) {
    for (const width of WIDTHS) times.get(width)?.push(await run(width, round));
  }
  process.stdout.write('at once  ms a partition: min  median  max\n');
  for (const [width, values] of times) {
    const [min, median, max] = values.sort((a, b) => a - b).map((value) => value.toFixed(0).padStart(6));
    process.stdout.write(`${String(width).padStart(7)}${' '.repeat(19)}${min} ${median} ${max}\n`);
  }
  await connection.close();
  worker.shutdown();
  await worker.done;
} finally {
  await stack.stop();
}
