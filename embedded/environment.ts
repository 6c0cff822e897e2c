/**
 * The environment that a server runs with: ours, without what would configure it behind our back. `NODE_OPTIONS` would
 * load a test runner's or a debugger's hooks into the child, `CLICKHOUSE_*` and `TEMPORAL_*` are meant for our clients.
 * UTC, wherever we are: the engine takes its time zone from here and from nowhere else.
 */
export function serverEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const foreign = /^(NODE_OPTIONS$|CLICKHOUSE_|TEMPORAL_)/;
  return { ...Object.fromEntries(Object.entries(env).filter(([name]) => !foreign.test(name))), TZ: 'UTC' };
}
