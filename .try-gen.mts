import { readFileSync } from 'node:fs';
import { createClient } from '@clickhouse/client';
import { startClickHouse } from '/work/main/embedded/clickhouse-server.ts';
import { loadStatement } from '/work/main/clickhouse/statement.ts';
const s = await startClickHouse({ dataDir: '/tmp/try-gen-ch' });
const c = createClient({ url: s.url, clickhouse_settings: {session_timezone:'UTC'} });
try {
await c.command({ query: 'DROP DATABASE IF EXISTS g SYNC' });
await c.command({ query: 'CREATE DATABASE g' });
await c.command({ query: loadStatement('schema/sources/events.sql', { source_database: 'g', on_cluster: '', engine: 'MergeTree' }) });
for (let i=0;i<2;i++){
const t = Date.now();
const r = await c.command({ query: readFileSync('/work/main/examples/generated-days.sql','utf8'), query_params: { database: 'g', first_day: '2026-10-07', days: 45, seed: 1 } });
console.log(Date.now()-t, r.summary);
}
for (const q of process.argv.slice(2)) console.log(await (await c.query({ query: q, format: 'PrettyCompactMonoBlock', clickhouse_settings: {output_format_pretty_color:0 as any} })).text());
} finally { await c.close(); await s.stop(); }
