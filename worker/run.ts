import { Client } from '@temporalio/client';
import { Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import type { ActivityDeps } from '../activities/deps.js';
import { createActivities, type Activities } from '../activities/index.js';
import { openDatabase } from '../clickhouse/database.js';
import { isCrowded } from '../clickhouse/errors.js';
import { lookAtMonths } from '../clickhouse/look.js';
import type { Settings } from '../config/settings.js';
import { liveCatalogue } from './catalogue.js';
import { checkClickHouse, connectionProblem } from './check-clickhouse.js';
import { checkTemplates } from './check-templates.js';
import { connectWorker } from './connect.js';
import { examineNew } from './examine-new.js';
import { serveHealth } from './health.js';
import { workerOptions } from './options.js';
import { recoverUnfinished } from '../activities/recover-months.js';
import { RecoveryLoop } from './recovery-loop.js';
import { searchAttributeProblems } from './search-attributes.js';
import { StartError } from './start-error.js';

/** Compiling an expression or an aggregation takes 10 to 40 ms, and makes none of ours faster. */
const NOT_COMPILED = { compile_expressions: 0, compile_aggregate_expressions: 0, compile_sort_description: 0 } as const;

export interface RunningWorker {
  /** `http://host:port` of `/healthz` and `/metrics`. */
  readonly healthUrl: string;
  /** Months whose publish was found unfinished, and was started. */
  readonly recovered: readonly string[];
  /** Ends when the worker has shut down. */
  readonly done: Promise<void>;
  shutdown(): void;
}

/** What a worker is made of. The product has one answer; tests put others in its place, and no setting can. */
export interface WorkerParts {
  readonly createActivities: (deps: ActivityDeps) => Activities;
  /** Beside those of `workerOptions`. */
  readonly options: Partial<WorkerOptions>;
}

/**
 * Starts a worker: everything it needs is checked first, so that it fails at once and says why.
 * @param exporter address of the SDK's metrics exporter, from `installRuntime`.
 * @throws StartError
 */
export async function startWorker(
  settings: Settings,
  exporter: string,
  parts: WorkerParts = { createActivities, options: {} },
): Promise<RunningWorker> {
  const { nice } = settings.limits;
  // Small statements too: there are many of them, and whoever asks for a number is served first.
  const defaults = { ...NOT_COMPILED, ...(nice > 0 ? { os_threads_nice_value_query: nice } : {}) };
  const database = openDatabase(settings.clickhouse, { defaults });
  const cleanUps: (() => Promise<void>)[] = [() => database.close()];
  const closeAll = async () => {
    for (const close of cleanUps.reverse()) await close();
  };
  try {
    const catalogue = liveCatalogue(settings);
    await checkClickHouse(database);
    const { warnings, catalogue: examined } = await checkTemplates(settings, database);
    for (const line of warnings) Runtime.instance().logger.warn(line);
    const { connection, namespace } = await connectWorker(settings);
    cleanUps.push(() => connection.close());
    const problems = await searchAttributeProblems(connection, namespace);
    if (problems.length > 0) throw new StartError(problems.join('\n'));
    const client = new Client({ connection, namespace });
    // Looked at before they are compared: what changes meanwhile is compared again. Where nobody may look, the loop says so.
    const baseline = await lookAtMonths(database).catch(() => []);
    const recovered = await recoverUnfinished(client, database);
    const started: { worker?: Worker } = {};
    const state = () => started.worker?.getState() ?? 'INITIALIZING';
    const health = await serveHealth({ address: settings.worker.address, state, exporter });
    cleanUps.push(() => health.close());
    const examine = examineNew({ settings, database, examined });
    const activities = parts.createActivities({ settings, database, catalogue, examine, now: Date.now });
    // Last of all that may fail: a worker that exists holds the connection until it has run.
    const options = { ...workerOptions(settings), ...parts.options };
    const worker = await Worker.create({ ...options, connection, namespace, activities });
    started.worker = worker;
    const every = settings.worker.recoverySeconds * 1000;
    if (every > 0) {
      const log = Runtime.instance().logger;
      const loop = new RecoveryLoop({ client, database, log, every, baseline, unfinished: recovered });
      cleanUps.push(() => loop.stop());
    }
    return {
      healthUrl: health.url,
      recovered: recovered.map(({ month }) => month),
      done: worker.run().finally(closeAll),
      shutdown: () => worker.shutdown(),
    };
  } catch (error) {
    await closeAll();
    // It waited for a place with every statement, and says whose limit it met.
    if (isCrowded(error)) throw new StartError(connectionProblem(error, database), { cause: error });
    throw error;
  }
}
