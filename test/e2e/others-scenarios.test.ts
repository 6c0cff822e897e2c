/** Four writers, and readers of a re-run, on days of two months. Sixty of them, and a thousand reads: `npm run chaos:others`. */
import { quietScenarios } from '../chaos/others/quiet.js';

quietScenarios({ from: '2025-03-24', to: '2025-04-08', block: 2, again: 4, reads: 100 });
