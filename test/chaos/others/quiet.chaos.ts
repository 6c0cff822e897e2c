/** What `test/e2e/others-scenarios.long.test.ts` shows on a few days, on sixty. */
import { quietScenarios } from './quiet.js';

quietScenarios({ from: '2025-03-02', to: '2025-04-30', block: 5, again: 15, reads: 1000 });
