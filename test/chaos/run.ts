/** `npm run chaos`: does harm, and exits with 1 when anything wrong was read, or anything has not settled. */
import { rmSync } from 'node:fs';
import { CommanderError } from 'commander';
import { Output } from '../../scripts/output.js';
import { campaign } from './campaign.js';
import { parseOptions, type Options } from './options.js';
import { campaignView } from './progress.js';
import { FULL_LOAD } from './workload.js';
import { isGood, printReport, reportJson } from './report.js';

const DATA_DIR = '.llma/chaos';

function readOptions(): Options {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
    throw error;
  }
}

const options = readOptions();
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
