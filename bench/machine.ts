import { availableParallelism, cpus, platform, release, totalmem } from 'node:os';

/** What the figures of a run depend on. */
export function machine(): Record<string, string | number> {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    'memory GB': Math.round(totalmem() / 1e9),
    system: `${platform()} ${release()}`,
    node: process.version,
  };
}
