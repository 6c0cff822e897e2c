import { z } from 'zod';
import { cronProblem } from './cron.js';
import { parsePartition, PartitionError } from './partition.js';
import { isTemporalAddress, TEMPORAL_ADDRESS_EXPECTED } from './temporal-address.js';

/** Names of events that may stand between quotes in SQL without any escape. */
const EVENT_TYPE = /^\$?[A-Za-z0-9_.:-]+$/;
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
const TEMPLATE_NAME = /^[a-z0-9][a-z0-9_-]*$/;

/** Engine clauses that need no more than their name. Any other must say what it is, with its arguments. */
const ARGUMENT = String.raw`\s*(?:'[^'"\\;]*'|\w+)\s*`;
const ENGINE = new RegExp(
  `^(?:MergeTree|ReplicatedMergeTree|SharedMergeTree)(?:\\((?:${ARGUMENT}(?:,${ARGUMENT})*)?\\))?$`,
);

const integer = (min: number, max: number, byDefault: number) =>
  z
    .string()
    .default(String(byDefault))
    .refine((text) => /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max, {
      error: `expected a whole number from ${min} to ${max}`,
    })
    .transform(Number);

const yesOrNo = (byDefault: 'true' | 'false') =>
  z
    .enum(['true', 'false'], { error: 'expected true or false' })
    .default(byDefault)
    .transform((text) => text === 'true');

const list = (text: string): string[] => text.split(',').map((item) => item.trim());

const partition = z
  .string()
  .default('2025-01-01')
  .transform((text, context) => {
    try {
      return parsePartition(text);
    } catch (error) {
      if (!(error instanceof PartitionError)) throw error;
      context.addIssue({ code: 'custom', message: error.message.replace(/^date "[^"]*": /, '') });
      return z.NEVER;
    }
  });

const cron = z
  .string()
  .default('0 6 * * *')
  .superRefine((text, context) => {
    const problem = cronProblem(text);
    if (problem) context.addIssue({ code: 'custom', message: problem });
  });

const eventTypes = z
  .string()
  .default('$ai_trace,$ai_generation,$ai_span,$ai_embedding')
  .refine((text) => list(text).every((name) => name !== '' && name !== '$'), {
    error: 'an event name is empty; expected names with commas between them, like "$ai_trace,$ai_generation"',
  })
  .refine((text) => list(text).every((name) => name === '' || name === '$' || EVENT_TYPE.test(name)), {
    error: 'expected event names of letters, digits and _ . : - only, with commas between them',
  })
  .transform((text) => [...new Set(list(text).map((name) => (name.startsWith('$') ? name : `$${name}`)))]);

const metrics = z
  .string()
  .optional()
  .refine((text) => text === undefined || list(text).every((name) => TEMPLATE_NAME.test(name)), {
    error: 'expected names of files in sql/ without .sql, with commas between them, like "event_counts,error_rates"',
  })
  .transform((text) => (text === undefined ? undefined : [...new Set(list(text))]));

const httpUrl = z
  .string()
  .default('http://127.0.0.1:8123')
  .refine((text) => isHttpUrl(text), { error: 'expected an address like http://127.0.0.1:8123 or https://host:8443' })
  .refine((text) => !isHttpUrl(text) || new URL(text).href === `${new URL(text).origin}/`, {
    error: 'must hold scheme, host and port alone; set CLICKHOUSE_USER, CLICKHOUSE_PASSWORD and CLICKHOUSE_DATABASE',
  })
  .transform((text) => new URL(text).origin);

const database = z.string().refine((text) => IDENTIFIER.test(text), {
  error: 'expected a database name of letters, digits and _ that begins with a letter',
});

/** Where tables of ours would be among the server's. */
const OF_THE_SERVER = /^(?:system|information_schema)$/i;

const ownDatabase = database
  .refine((text) => !OF_THE_SERVER.test(text), {
    error: "is a database of the server's own; expected one for our tables, like llma",
  })
  .default('llma');

const address = z
  .string()
  .default('127.0.0.1:9464')
  .refine((text) => /^[^\s:]+:\d{1,5}$/.test(text) && Number(text.split(':')[1]) <= 65_535, {
    error: 'expected host:port like 127.0.0.1:9464 (port 0 takes a free one)',
  });

const retention = z
  .string()
  .default('table')
  .refine((text) => text === 'table' || text === 'none' || /^[1-9]\d{0,4}$/.test(text), {
    error:
      'expected "table" (read it from the TTL of the source\'s tables), "none" (no row of the source ever expires), or a number of days like 90',
  })
  .transform((text) => (text === 'table' || text === 'none' ? text : Number(text)));

/** Every variable of ours, with its default and what it accepts. Durations are seconds, as the names say. */
export const variables = z.object({
  LLMA_PARTITION_START_DATE: partition,
  LLMA_CRON_SCHEDULE: cron,
  LLMA_MAX_PARTITIONS_PER_RUN: integer(1, 366, 14),
  LLMA_EVENT_TYPES: eventTypes,
  LLMA_METRICS: metrics,
  LLMA_SQL_DIR: z.string().optional(),
  LLMA_CONCURRENCY: integer(1, 64, 8),
  LLMA_LOOKBACK_DAYS: integer(0, 60, 3),
  LLMA_HISTORY_DAYS: integer(0, 3650, 30),
  LLMA_THIN_DAY_PERCENT: integer(0, 100, 30),
  LLMA_MAX_EXECUTION_SECONDS: integer(1, 86_400, 1800),
  LLMA_SOURCE_RETENTION_DAYS: retention,
  LLMA_SLICE_MEMORY_MB: integer(0, 10_000_000, 4000),
  LLMA_DEDUPLICATE: yesOrNo('true'),
  LLMA_MAX_MEMORY_MB: integer(0, 10_000_000, 0),
  LLMA_MAX_THREADS: integer(0, 1024, 0),
  LLMA_QUERY_PRIORITY: integer(0, 1000, 10),
  LLMA_QUERY_NICE: integer(0, 19, 19),
  LLMA_MAKE_WAY: yesOrNo('true'),
  LLMA_MAX_READ_FACTOR: integer(0, 1000, 4),
  LLMA_WORKER_NICE: integer(0, 19, 10),
  LLMA_WORKER_SLOTS: integer(1, 512, 32),
  LLMA_WORKER_ADDRESS: address,
  LLMA_SHUTDOWN_GRACE_SECONDS: integer(0, 3600, 10),
  LLMA_RECOVERY_SECONDS: integer(0, 3600, 30),
  LLMA_LOG_LEVEL: z
    .enum(['DEBUG', 'INFO', 'WARN', 'ERROR'], { error: 'expected DEBUG, INFO, WARN or ERROR' })
    .default('INFO'),
  LLMA_ENGINE: z
    .string()
    .default('MergeTree')
    .refine((text) => ENGINE.test(text), {
      error:
        "expected MergeTree, ReplicatedMergeTree, SharedMergeTree, or one of them with arguments like ReplicatedMergeTree('/clickhouse/tables/noshard/{database}.{table}', '{replica}')",
    }),
  LLMA_CLUSTER: z
    .string()
    .optional()
    .refine((text) => text === undefined || /^[A-Za-z0-9_.-]+$/.test(text), {
      error: 'expected the name of a cluster of the server (SELECT cluster FROM system.clusters)',
    }),
  CLICKHOUSE_URL: httpUrl,
  CLICKHOUSE_USER: z.string().min(1, { error: 'expected a user name' }).default('default'),
  CLICKHOUSE_PASSWORD: z.string().optional(),
  CLICKHOUSE_PASSWORD_FILE: z.string().optional(),
  CLICKHOUSE_DATABASE: ownDatabase,
  CLICKHOUSE_SOURCE_DATABASE: database.optional(),
});

const webAddress = z
  .string()
  .refine((text) => isHttpUrl(text), { error: 'expected an address like http://127.0.0.1:8233 or https://host' });

/** As Temporal's own reader takes it: for that reader anything else is false. */
const temporalFlag = z.enum(['true', 'false', '1', '0'], { error: 'expected true or false' });

/** Temporal's SDK for TypeScript reads it, and verifies all the same. */
const verifiedAnyway = temporalFlag.refine((text) => text === 'false' || text === '0', {
  error: 'expected false, or nothing: names are always verified; TEMPORAL_TLS_SERVER_NAME says which name is expected',
});

/** What we check of the variables of Temporal, which its own reader would take without a word. */
export const temporalVariables = z.object({
  TEMPORAL_ADDRESS: z.string().refine(isTemporalAddress, { error: TEMPORAL_ADDRESS_EXPECTED }).optional(),
  TEMPORAL_TLS: temporalFlag.optional(),
  TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: verifiedAnyway.optional(),
  TEMPORAL_UI_URL: webAddress.optional(),
});

export type Variables = z.output<typeof variables>;

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
