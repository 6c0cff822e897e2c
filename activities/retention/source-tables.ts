import type { Database } from '../../clickhouse/database.js';
import { classify, CODE, errorCode, shortMessage } from '../../clickhouse/errors.js';
import { aliasesOf, partsOf, throughAliases, type Alias } from './alias.js';
import { definitionsOf, isEverywhere, lookUp, totalOf, type Place } from './place.js';
import type { Reads } from './reads.js';
import { columnsOf } from './columns.js';
import { argumentsOf, isNamed, placesOf, targetOf, type Row } from './table-row.js';
import { ttlsOf } from './ttl.js';

/** A table with rows of its own that a query reads, however many views are between them. */
export interface SourceTable {
  /** `database.table`, for people. */
  readonly name: string;
  /** Its definition, as its server writes it. */
  readonly create: string;
  /** Whether columns of it are read that aren't named. */
  readonly everyColumn: boolean;
}

/** What some SELECTs read in the end. */
export interface SourceTables {
  readonly tables: readonly SourceTable[];
  /** Whether rows come from other servers too. */
  readonly remote: boolean;
  /** Rows that a granule has at most, of any of the tables. */
  readonly granularity: number;
  /** Tables whose definition can't be read, each with why. */
  readonly unknown: readonly string[];
  /** Every column that is read by name, wholly or a part of it, or that an ALIAS which is read by name is computed from. */
  readonly columns: ReadonlySet<string>;
  /** Rows that the tables have in all; infinite where one doesn't say, or is named more than once. */
  readonly rows: number;
  /** Of those the rows of tables that have no index, of which an estimate knows nothing: each read takes all of them. Infinite where one doesn't say. */
  readonly unindexed: number;
}

/** Of ClickHouse. */
const DEFAULT_GRANULARITY = 8192;

/** Table functions that lead to tables elsewhere, of which nothing is known here. */
const ELSEWHERE = /^(?:remote|remoteSecure|cluster|clusterAllReplicas|merge|loop)$/i;

/** Table functions that make their rows up. */
const MADE_UP = /^(?:numbers|zeros|generate_?series|values|null|view)(?:_mt)?$/i;

/** Resolves what `reads` name: through views, Distributed, Merge, Buffer and Alias tables to those that hold the rows. */
export async function sourceTables(
  database: Database,
  reads: readonly Reads[],
  parse: (sql: string) => Promise<Reads>,
): Promise<SourceTables> {
  const walk = new Walk(database, parse);
  for (const read of reads) await walk.follow(read);
  return walk.found;
}

/** How a table was come to. */
interface Way {
  /** What the query names, which an asterisk is of. */
  readonly from: Row;
  /** The servers that have it, so defined. */
  readonly place: Place;
}

type Found = Omit<SourceTable, 'everyColumn'> & { readonly from: Row[] };

class Walk {
  readonly #database: Database;
  readonly #parse: (sql: string) => Promise<Reads>;
  readonly #seen = new Set<string>();
  readonly #tables: Found[] = [];
  readonly #unknown: string[] = [];
  readonly #columns = new Set<string>();
  readonly #aliases: Alias[] = [];
  readonly #stars = new Set<string>();
  #remote = false;
  #rows = 0;
  #unindexed = 0;
  #granularity = 0;
  /** Names that stand for tables: others that stand where a table can are none. */
  readonly #read = new Set<string>();

  constructor(database: Database, parse: (sql: string) => Promise<Reads>) {
    this.#database = database;
    this.#parse = parse;
  }

  get found(): SourceTables {
    const isStar = (row: Row): boolean => [...this.#stars].some((name) => isNamed(row, name));
    return {
      tables: this.#tables.map(({ from, ...table }) => ({ ...table, everyColumn: from.some(isStar) })),
      remote: this.#remote,
      granularity: this.#granularity || DEFAULT_GRANULARITY,
      unknown: this.#unknown,
      columns: throughAliases(this.#columns, this.#aliases),
      rows: this.#rows,
      // Of other servers' tables only those with an index are counted.
      unindexed: this.#remote && this.#unindexed > 0 ? Infinity : this.#unindexed,
    };
  }

  /** @param view whose definition this is: the server has put their databases before its names, and reads them with rights that ours may lack. */
  async follow(
    { tables, functions, qualified, columns, stars }: Reads,
    view?: string,
    place: Place = {},
  ): Promise<void> {
    for (const name of columns) for (const part of partsOf(name)) this.#columns.add(part);
    for (const name of stars) this.#stars.add(name);
    for (const name of functions.filter((other) => ELSEWHERE.test(other))) {
      this.#unknown.push(`the table function ${name}()`);
    }
    if (tables.some((name) => this.#read.has(name))) this.#rows = Infinity;
    // A parameterized view is called like a function. What is no table is a name of WITH, or fails the query by itself.
    const key = (name: string): string => JSON.stringify([name, place]);
    const names = [...new Set([...tables, ...functions])].filter((name) => !this.#seen.has(key(name)));
    for (const name of names) this.#seen.add(key(name));
    if (names.length === 0) return;
    const pairs = names.flatMap((name) => placesOf(name, this.#database.settings.sourceDatabase));
    // The server applies conditions of one column before it describes the tables: there may be thousands.
    const where =
      'database IN {databases:Array(String)} AND name IN {names:Array(String)} AND has({pairs:Array(String)}, concat(database, char(0), name))';
    const params = {
      databases: pairs.map(([database]) => database),
      names: pairs.map(([, name]) => name),
      pairs: pairs.map((pair) => pair.join('\0')),
    };
    const rows = await this.#look(where, params, place);
    if (view !== undefined) {
      const seen = (name: string) => rows.filter((row) => `${row.database}.${row.name}` === name);
      const unseen = names.filter((name) => qualified.includes(name) && !isEverywhere(seen(name), place));
      this.#unknown.push(...unseen.map((name) => `${name}, which ${view} reads`));
    }
    const called = names.filter((name) => functions.includes(name) && !rows.some((row) => isNamed(row, name)));
    if (called.some((name) => !MADE_UP.test(name))) this.#count(Infinity);
    for (const row of rows) {
      const reading = tables.filter((name) => isNamed(row, name));
      for (const name of reading) this.#read.add(name);
      if (reading.length > 1) this.#rows = Infinity;
    }
    await this.#resolveAll(rows, place);
  }

  async #resolveAll(rows: readonly Row[], where: Place, from?: Row): Promise<void> {
    for (const { row, place } of definitionsOf(rows, where)) await this.#resolve(row, { from: from ?? row, place });
  }

  async #resolve(row: Row, way: Way): Promise<void> {
    const name = `${row.database}.${row.name}`;
    // Of what stands before the rows too: it may have some of its own.
    this.#aliases.push(...aliasesOf(row.create_table_query));
    if (row.engine.endsWith('View') && row.engine !== 'MaterializedView') {
      const reads = await this.#parse(row.as_select).catch((error: unknown) => {
        // As a server of another version may write it.
        if (classify(error) !== 'permanent') throw error;
        this.#unknown.push(name);
      });
      if (reads) await this.follow(reads, name, way.place);
    } else if (row.engine === 'MaterializedView') {
      await this.#at(name, targetOf(row), way);
    } else if (row.engine === 'Buffer' || row.engine === 'Alias') {
      const [database = '', table = ''] = argumentsOf(row.engine_full);
      const place = table === '' ? { database: row.database, table: database } : { database, table };
      await this.#at(name, place, way);
    } else if (row.engine === 'Distributed') {
      await this.#distributed(row, way);
    } else if (row.engine === 'Merge') {
      await this.#merge(row, way);
    } else if (row.engine.endsWith('MergeTree') && row.create_table_query === '') {
      this.#unknown.push(name);
    } else if (row.engine.endsWith('MergeTree')) {
      this.#rows += totalOf(row);
      this.#add({ name, create: row.create_table_query, from: [way.from] });
    } else {
      this.#count(totalOf(row));
    }
  }

  /** Rows of something without an index. */
  #count(rows: number): void {
    this.#rows += rows;
    this.#unindexed += rows;
  }

  /** Of the shards of one table those of which columns, and TTLs, differ: their keepers' paths may differ too. */
  #add(table: Found): void {
    const granularity = Number(/\bindex_granularity = (\d+)/.exec(table.create)?.[1] ?? DEFAULT_GRANULARITY);
    this.#granularity = Math.max(this.#granularity, granularity);
    const key = ({ name, create }: Found): string => JSON.stringify([name, columnsOf(create), ttlsOf(create)]);
    const same = this.#tables.find((other) => key(other) === key(table));
    if (same) same.from.push(...table.from);
    else this.#tables.push(table);
  }

  async #at(name: string, { database, table }: ReturnType<typeof targetOf>, { from, place }: Way): Promise<void> {
    const rows = await this.#look('database = {database:String} AND name = {table:String}', { database, table }, place);
    if (!isEverywhere(rows, place)) this.#unknown.push(`${database}.${table}, which ${name} reads`);
    await this.#resolveAll(rows, place, from);
  }

  /** Every shard has the table, with a TTL of its own; this server, whatever it has by that name, need not be one of them. */
  async #distributed(row: Row, { from, place }: Way): Promise<void> {
    this.#remote = true;
    const [cluster = '', database = '', table = ''] = argumentsOf(row.engine_full);
    const params = { database: database === '' ? row.database : database, table };
    const where = 'database = {database:String} AND name = {table:String}';
    // What other servers mean by the name of a cluster is not known here.
    const asked = place.cluster === undefined ? this.#look(where, params, { cluster }) : Promise.resolve([]);
    let why = '';
    const found = await asked.catch((error: unknown) => {
      // A server that is away says nothing about its table. One that won't tell us is taken at its word.
      if (classify(error) !== 'permanent') throw error;
      why = ` (${refusal(error)})`;
      return [];
    });
    const name = `${params.database}.${table} on cluster ${cluster}, which ${row.database}.${row.name} reads`;
    if (found.length === 0) this.#unknown.push(`${name}${why}`);
    await this.#resolveAll(found, { cluster }, from);
  }

  async #merge(row: Row, { from, place }: Way): Promise<void> {
    const [database = '', table = ''] = argumentsOf(row.engine_full);
    const exact = !/Merge\(\s*REGEXP/i.test(row.engine_full);
    const where = `${exact ? 'database =' : '0 < match(database,'} {database:String}${exact ? '' : ')'} AND match(name, {table:String}) AND name != {self:String}`;
    await this.#resolveAll(await this.#look(where, { database, table, self: row.name }, place), place, from);
  }

  #look(where: string, params: Record<string, unknown>, place: Place): Promise<Row[]> {
    return lookUp(this.#database, place, { where, params });
  }
}

/** What the server said when it was asked about other servers' tables, and what our user needs to be told. */
function refusal(error: unknown): string {
  const said = shortMessage(error).replace(/\.$/, '');
  if (errorCode(error) !== CODE.accessDenied) return said;
  return `${said}: our user needs REMOTE ON *.* and the rights that "llma roles etl" prints`;
}
