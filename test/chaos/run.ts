/** `npm run chaos`: does harm, and exits with 1 when anything wrong was read, or anything has not settled. */
import { rmSync } from 'node:fs';
import { Output } from '../../scripts/output.js';
import { campaign } from './campaign.js';
import { parseOptions } from './options.js';
import { orExit } from './or-exit.js';
import { campaignView } from './progress.js';
import { FULL_LOAD } from './workload.js';
import { isGood, printReport, reportJson } from './report.js';

const DATA_DIR = '.llma/chaos';

const options = orExit(parseOptions);
const output = new Output(process.stdout, process.stderr);
output.asJson = options.json;
const view = campaignView(output, options.faults);
const dataDir = `${DATA_DIR}/${options.seed}-${process.pid}`;
output.note(`seed ${options.seed}`);
process.on('SIGINT', () => process.exit(130));
try {
  const report = await campaign({
    ...options,
    load: FULL_LOAD,
    dataDir,
    logFile: options.log ?? `${DATA_DIR}/${options.seed}.jsonl`,
    onProgress: (progress) => view.update(progress),
  });
  view.stop();
  output.json(reportJson(report));
  printReport(output, report);
  process.exitCode = isGood(report) ? 0 : 1;
} finally {
  view.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
