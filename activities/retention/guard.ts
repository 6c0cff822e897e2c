import type { Database } from '../../clickhouse/database.js';
import { classify, errorCode, shortMessage } from '../../clickhouse/errors.js';
import { digest, SLICE_PREFIX } from '../../clickhouse/names.js';
import { nextDay, toTime, type Partition } from '../../config/partition.js';
import type { Settings } from '../../config/settings.js';
import { TemplateError } from '../../templates/errors.js';
import { earliestExpiry, UnknownTtlError, type Expiry, type ExpiryQuestion } from './expiry.js';
import { memo, MAX_ENTRIES } from './memo.js';
import { readsOf, type Reads } from './reads.js';
import { sourceTables, type SourceTables } from './source-tables.js';
import { ttlsOf } from './ttl.js';

/** What a partition's queries read. */
export interface Queries {
  readonly partition: Partition;
  /** The relation of its LLM events, where the sources are read for them: undefined where a slice is. */
  readonly llmEvents?: string;
  readonly templates: readonly { readonly name: string; readonly sql: string }[];
}

/** What is known of the tables behind a partition's queries. */
export interface SourceFacts {
  readonly tables: SourceTables;
  /** Reads of tables that each template makes, by its name; the recount's under ''. */
  readonly scans: Readonly<Record<string, number>>;
  /** Reads of slices that all of them make. */
  readonly sliceScans: number;
  /** Whether they read anything but slices. */
  readonly readsSource: boolean;
  /** When the first of its rows expires; undefined when none ever does. @throws UnknownTtlError */
  expiry(partition: Partition): Promise<Expiry | undefined>;
}

/** How long the tables that others have looked up are good enough to begin with, in ms. */
const MAX_AGE = 15_000;

interface Known {
  until: number;
  readonly syntax: Promise<Syntax>;
  facts: Promise<SourceFacts>;
}

interface Syntax {
  readonly scans: Readonly<Record<string, number>>;
  readonly sliceScans: number;
  readonly reads: readonly Reads[];
}

/**
 * What the tables behind queries say. Queries of two days that differ in nothing but the day read the same tables: what they read is
 * asked once, the tables now and then. `fresh` looks at the tables as they are now: a TTL can be set, and lifted, at any time.
 * @returns a function that says it. It throws TemplateError for a template that can't be parsed.
 */
export function sourceGuard(database: Database, { sourceRetention }: Pick<Settings, 'sourceRetention'>) {
  const known = new Map<string, Known>();
  const view = memo((sql: string) => readsOf(database, sql));
  const evaluate = memo((key: string) => earliestExpiry(database, JSON.parse(key) as ExpiryQuestion));
  const look = async (syntax: Promise<Syntax>): Promise<SourceFacts> => {
    const { scans, sliceScans, reads } = await syntax;
    const tables = await sourceTables(database, reads, view);
    const readsSource = reads.some((read) => read.tables.length + read.functions.length > 0);
    const expiry = (partition: Partition) => expiryOf({ tables, partition, retention: sourceRetention }, evaluate);
    return { tables, scans, sliceScans, readsSource, expiry };
  };
  return async (queries: Queries, { fresh = false } = {}): Promise<SourceFacts> => {
    const key = keyOf(queries);
    const before = known.get(key);
    if (before && before.until > performance.now() && !fresh) return await before.facts;
    const syntax = before?.syntax ?? syntaxOf(database, queries);
    const facts = look(syntax);
    if (known.size >= MAX_ENTRIES) known.clear();
    known.set(key, { until: performance.now() + MAX_AGE, syntax, facts });
    facts.catch(() => known.delete(key));
    return await facts;
  };
}

/** The name of a slice, as it stands in SQL. */
const SLICE = new RegExp(`${SLICE_PREFIX}\\w+`, 'g');

function keyOf({ partition, llmEvents, templates }: Queries): string {
  const text = [llmEvents ?? '', ...templates.map(({ sql }) => sql)].join('\n');
  return digest(
    text.replaceAll(partition, '{day}').replaceAll(nextDay(partition), '{next}').replaceAll(SLICE, '{slice}'),
  );
}

async function syntaxOf(database: Database, { llmEvents, templates }: Queries): Promise<Syntax> {
  const source = llmEvents === undefined ? [] : [{ name: '', sql: `SELECT 1 FROM ${llmEvents}` }];
  const selects = [...source, ...templates.filter(({ sql }) => sql !== '')];
  const scans: Record<string, number> = {};
  let sliceScans = 0;
  const reads: Reads[] = [];
  for (const { name, sql } of selects) {
    const read = await readsOf(database, sql).catch((error: unknown) => {
      throw name === '' || classify(error) !== 'permanent' ? error : unreadable(name, error);
    });
    const tables = read.tables.filter((table) => !isSlice(table));
    sliceScans += read.tables.length - tables.length;
    scans[name] = tables.length;
    reads.push({ ...read, tables });
  }
  return { scans, sliceScans, reads };
}

/** Of a template that is no query: what the server says of it, by file. The server's code stays: whoever looks closer looks at that. */
function unreadable(name: string, error: unknown): TemplateError {
  const problem = new TemplateError({ file: fileOf(name) }, shortMessage(error));
  return Object.assign(problem, { code: String(errorCode(error)), cause: error });
}

/** The file of a template of {@link Queries}, as people name it. */
export function fileOf(name: string): string {
  return `sql/${name}.sql`;
}

/** A slice's rows don't expire. */
function isSlice(table: string): boolean {
  return table.slice(table.lastIndexOf('.') + 1).startsWith(SLICE_PREFIX);
}

interface Question {
  readonly tables: SourceTables;
  readonly partition: Partition;
  readonly retention: Settings['sourceRetention'];
}

async function expiryOf(
  { tables, partition, retention }: Question,
  evaluate: (question: string) => Promise<Expiry>,
): Promise<Expiry | undefined> {
  if (retention === 'none') return undefined;
  if (typeof retention === 'number') {
    return {
      at: (toTime(partition) + retention * 86_400_000) * 1000,
      by: `LLMA_SOURCE_RETENTION_DAYS is ${retention}`,
    };
  }
  if (tables.unknown.length > 0) {
    throw new UnknownTtlError(`the definition of ${tables.unknown.join(', and of ')} can't be read here`);
  }
  let earliest: Expiry | undefined;
  for (const table of tables.tables) {
    for (const ttl of ttlsOf(table.create)) {
      // A column that nobody reads may be emptied.
      if (ttl.column !== undefined && !table.everyColumn && !isNamed(tables.columns, ttl.column)) continue;
      const expiry = await evaluate(JSON.stringify({ table, ttl, partition } satisfies ExpiryQuestion));
      if (earliest === undefined || expiry.at < earliest.at) earliest = expiry;
    }
  }
  return earliest;
}

/** Columns of a Nested are read by its name too. */
function isNamed(columns: ReadonlySet<string>, column: string): boolean {
  return columns.has(column) || columns.has(column.slice(0, Math.max(0, column.indexOf('.'))));
}
