import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';

/** The two files of the trace, and the team that each stands for. */
export const TRACE_FILES = [
  { file: 'azure-llm-2023-conv.csv', teamId: 1 },
  { file: 'azure-llm-2023-code.csv', teamId: 2 },
] as const;

/** The one day of the trace. */
export const TRACE_DATE = '2023-11-16';

const HEADER = 'TIMESTAMP,ContextTokens,GeneratedTokens';
const LINE = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6})0?,(\d+),(\d+)$/;

/** A row of `events`. */
interface EventRow {
  readonly uuid: string;
  readonly event: string;
  readonly properties: string;
  readonly timestamp: string;
  readonly team_id: number;
  readonly distinct_id: string;
  readonly created_at: string;
  readonly _timestamp: string;
}

export interface LoadedTrace {
  /** Calls that the files hold. */
  readonly events: number;
  /** Of them, what was not there yet. */
  readonly inserted: number;
}

/**
 * Inserts the real trace (examples/README.md) into `<database>.events`, which must exist. What is there already stays:
 * running it again, also after a crash in the middle, adds only what is missing.
 */
export async function loadTrace(options: {
  readonly clickhouse: ClickHouseClient;
  readonly database: string;
}): Promise<LoadedTrace> {
  let events = 0;
  let inserted = 0;
  for (const { file, teamId } of TRACE_FILES) {
    const rows = parseTrace(await readFile(join(import.meta.dirname, file), 'utf8'), { file, teamId });
    const present = await presentIds({ ...options, teamId });
    const missing = rows.filter((row) => !present.has(row.uuid));
    if (missing.length > 0) {
      await options.clickhouse.insert({
        table: `\`${options.database}\`.events`,
        values: missing,
        format: 'JSONEachRow',
        // With an asynchronous insert, the next statement might not see the rows yet.
        clickhouse_settings: { async_insert: 0 },
      });
    }
    events += rows.length;
    inserted += missing.length;
  }
  return { events, inserted };
}

/** The calls of one CSV file as events. The ids depend only on file and line, so each call is recognised when it is loaded again. */
export function parseTrace(text: string, of: { readonly file: string; readonly teamId: number }): EventRow[] {
  const [header, ...lines] = text.split(/\r?\n/);
  if (header !== HEADER) throw new Error(`examples/${of.file}: expected the header ${HEADER}, found ${String(header)}`);
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line, index) => {
    const number = index + 2;
    const [, timestamp, input, output] = LINE.exec(line) ?? [];
    if (timestamp === undefined) {
      throw new Error(`examples/${of.file}:${number}: expected "${HEADER}", found ${JSON.stringify(line)}`);
    }
    const tokens = { $ai_input_tokens: Number(input), $ai_output_tokens: Number(output) };
    return {
      uuid: idOf(of.file, number),
      event: '$ai_generation',
      properties: JSON.stringify({ ...tokens, $ai_total_tokens: Number(input) + Number(output) }),
      timestamp,
      team_id: of.teamId,
      // The trace names no users, and says nothing about ingestion: each call counts as ingested the moment it was made.
      distinct_id: '',
      created_at: timestamp.slice(0, -3),
      _timestamp: timestamp.slice(0, -7),
    };
  });
}

/** A UUID of version 8 (RFC 9562: made by rules of one's own), here a hash of the line's place. */
function idOf(file: string, line: number): string {
  const hash = createHash('sha256').update(`llma-metrics ${file}:${line}`).digest();
  hash[6] = 0x80 | (hash.readUInt8(6) & 0x0f);
  hash[8] = 0x80 | (hash.readUInt8(8) & 0x3f);
  return hash.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

async function presentIds(from: {
  readonly clickhouse: ClickHouseClient;
  readonly database: string;
  readonly teamId: number;
}): Promise<ReadonlySet<string>> {
  const result = await from.clickhouse.query({
    query: `SELECT uuid FROM {database:Identifier}.events
            WHERE team_id = {teamId:Int64} AND event = '$ai_generation' AND toDate(timestamp) = {date:Date}`,
    query_params: { database: from.database, teamId: from.teamId, date: TRACE_DATE },
    format: 'JSONEachRow',
  });
  const rows = await result.json<{ uuid: string }>();
  return new Set(rows.map((row) => row.uuid));
}
