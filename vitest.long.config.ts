import { defineConfig } from 'vitest/config';
import config from './vitest.config.js';

/** What `npm test` leaves out, because it takes long: servers and workers that are killed, frozen and started. `npm run test:long`. */
export default defineConfig({
  test: { ...config.test, include: ['test/**/*.long.test.ts'], exclude: ['**/node_modules/**'] },
});
