import { defineConfig } from 'vitest/config';
import LongestFirst from './test/support/sequencer.js';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Those that start servers or many processes of their own, or wait out timeouts: `npm run test:long`.
    exclude: ['**/node_modules/**', '**/*.long.test.ts'],
    globalSetup: ['test/support/servers.ts'],
    pool: 'forks',
    // Loading our modules and the SDK's takes a second of a processor: once for a process, not for each file.
    isolate: false,
    setupFiles: ['test/support/setup.ts'],
    sequence: { sequencer: LongestFirst },
    // The servers are shared, and are most of the work: a third worker is for when one of them waits for a timeout.
    maxWorkers: 3,
    testTimeout: 60_000,
    // A condition that is awaited may take as long as a busy machine needs: a second, the default, is a timed test.
    expect: { poll: { timeout: 20_000 } },
    hookTimeout: 120_000,
  },
});
