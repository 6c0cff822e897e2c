import cliProgress from 'cli-progress';
import type { Output } from '../../scripts/output.js';
import type { CampaignProgress } from './campaign.js';

/** Shows how far a campaign is. */
export interface CampaignView {
  update(progress: CampaignProgress): void;
  stop(): void;
}

/** Milliseconds between two lines, unless the state changes. */
const LINE_EVERY = 5000;

/** A bar on a terminal, plain lines elsewhere. On standard error: the report is what standard output is for. */
export function campaignView(output: Output, faults: number): CampaignView {
  return output.stderr.isTTY === true ? bar(output, faults) : lines(output, faults);
}

function describe({ state, reads, wrong }: CampaignProgress): string {
  return `${state} · ${reads} reads, ${wrong} wrong`;
}

function bar(output: Output, faults: number): CampaignView {
  const single = new cliProgress.SingleBar({
    format: '{bar} {value}/{total} faults · {text} · {duration_formatted}',
    stream: output.stderr,
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
  });
  single.start(faults, 0, { text: '' });
  return {
    update: (progress) => single.update(progress.done, { text: describe(progress) }),
    stop: () => single.stop(),
  };
}

function lines(output: Output, faults: number): CampaignView {
  let last = { state: '', at: 0 };
  return {
    update(progress) {
      if (progress.state === last.state && Date.now() - last.at < LINE_EVERY) return;
      last = { state: progress.state, at: Date.now() };
      output.note(`${progress.done}/${faults} faults · ${describe(progress)}`);
    },
    stop: () => undefined,
  };
}
