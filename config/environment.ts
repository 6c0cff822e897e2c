/** This process's environment without any variable that leads us to servers or changes how we work. */
export function foreignEnvironment(): Record<string, string | undefined> {
  const others = Object.entries(process.env).filter(([name]) => !/^(LLMA|CLICKHOUSE|TEMPORAL)_/.test(name));
  return Object.fromEntries(others);
}
