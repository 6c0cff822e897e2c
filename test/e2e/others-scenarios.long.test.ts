/** Four writers, and readers of a re-run, on days of two months. Sixty days, and a thousand reads: `npm run chaos:others`. */
import { quietScenarios } from '../chaos/others/quiet.js';

quietScenarios({ from: '2025-03-28', to: '2025-04-04', block: 1, again: 3, reads: 60 });
