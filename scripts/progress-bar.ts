import cliProgress from 'cli-progress';
import type { Partition } from '../config/partition.js';
import type { Progress } from '../workflows/plan/progress.js';
import type { Output } from './output.js';
import type { Answer } from './runs.js';

/** Shows how far a run is, until it is told to stop. */
export interface ProgressView {
  update(answer: Answer): void;
  stop(): void;
}

/** A bar on a terminal, plain lines elsewhere. On standard error: the result is what standard output is for. */
export function progressView(output: Output): ProgressView {
  return output.stderr.isTTY === true ? bar(output) : lines(output);
}

function bar(output: Output): ProgressView {
  let shown: Progress | undefined;
  const single = new cliProgress.SingleBar({
    format: (options, params, payload: { text: string }) => {
      const done = cliProgress.Format.BarFormat(params.progress, options);
      return `${done} ${params.value}/${params.total} days · ${payload.text}`;
    },
    stream: output.stderr,
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
  });
  return {
    update({ progress, silence }) {
      const total = progress?.total ?? shown?.total ?? 1;
      const done = progress?.done ?? shown?.done ?? 0;
      const text = progress ? describe(progress) : silence;
      if (shown === undefined) single.start(total, done, { text });
      single.setTotal(total);
      single.update(done, { text });
      shown = progress ?? shown ?? NOTHING;
    },
    stop: () => single.stop(),
  };
}

/** Before the first answer. */
const NOTHING = { total: 1, done: 0 } as Progress;

/** Milliseconds between two lines, unless a state changes. */
const LINE_EVERY = 5000;

function lines(output: Output): ProgressView {
  let last = { text: '', state: '', at: 0 };
  return {
    update({ progress, silence }) {
      const text = progress ? `${progress.done}/${progress.total} days · ${describe(progress)}` : silence;
      const state = progress ? `${progress.state} ${progress.failed}` : silence;
      if (text === last.text || (state === last.state && Date.now() - last.at < LINE_EVERY)) return;
      last = { text, state, at: Date.now() };
      output.note(text);
    },
    stop: () => undefined,
  };
}

/** What a run does, on one line. */
export function describe(progress: Progress): string {
  const { state, pausedBy, current } = progress;
  // A run that was cancelled while it was paused finishes by nobody.
  const by = state === 'paused' && pausedBy.length > 0 ? ` by ${pausedBy.join(', ')}` : '';
  const parts = [
    ...(state === 'running' ? [] : [state + by]),
    ...counts(progress),
    ...(current.length > 0 ? [span(current)] : []),
    ...(progress.eta === undefined ? [] : [`${timeLeft(progress.eta)} left`]),
  ];
  return parts.length > 0 ? parts.join(' · ') : state;
}

/** How days ended, without the zeros. */
export function counts({ published, failed, blocked, superseded, skipped }: Progress): string[] {
  const all = { published, failed, blocked, superseded, skipped };
  return Object.entries(all)
    .filter(([, days]) => days > 0)
    .map(([name, days]) => `${days} ${name}`);
}

/** The days that are computed now. */
export function span(days: readonly Partition[]): string {
  const [first = '', last] = [days[0], days.at(-1)];
  return last === undefined || last === first ? first : `${first} … ${last}`;
}

/** `40 s`, `12 min`, `3 h 5 min`. */
export function timeLeft(eta: string, now = Date.now()): string {
  const seconds = Math.max(1, Math.round((Date.parse(eta) - now) / 1000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
