// The engine's process: `node clickhouse-child.mjs <ffi-rs entry> <libchdb.so> <arguments of clickhouse local>`.
//
// Plain JavaScript, so that it runs with nothing but node, from the sources and from dist/ alike.
// `query_stable_v2` is the engine's `main()`: it blocks this process until the last query ends, which reads from stdin.
// So the process lives exactly as long as whoever holds the other end of that pipe, `kill -9` of it included.
import { createRequire } from 'node:module';

const [ffi, library, ...args] = process.argv.slice(2);
const { DataType, load, open } = createRequire(import.meta.url)(ffi);
const argv = ['clickhouse', ...args];

open({ library: 'chdb', path: library });
load({
  library: 'chdb',
  funcName: 'query_stable_v2',
  retType: DataType.External,
  paramsType: [DataType.I32, DataType.StringArray],
  paramsValue: [argv.length, argv],
});
