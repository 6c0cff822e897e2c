import { styleText } from 'node:util';
import type { Stream } from './host.js';

export type Style = Parameters<typeof styleText>[0];

/** What a command prints: results on standard output, in colours on a terminal; everything else on standard error. */
export class Output {
  readonly stdout: Stream;
  readonly stderr: Stream;
  /** Whether the command was asked for JSON: then standard output has nothing else. */
  asJson = false;

  constructor(stdout: Stream, stderr: Stream) {
    this.stdout = stdout;
    this.stderr = stderr;
  }

  /** Somebody looks at it. */
  get isTerminal(): boolean {
    return this.stdout.isTTY === true && !this.asJson;
  }

  /** A line of the result for people. */
  say(line = ''): void {
    if (!this.asJson) this.stdout.write(`${line}\n`);
  }

  /** The result for programs: printed only where `--json` asked for it. */
  json(value: unknown): void {
    if (this.asJson) this.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  /** What is worth knowing but no result. */
  note(line: string): void {
    this.stderr.write(`${line}\n`);
  }

  warn(line: string): void {
    this.note(`${styled(this.stderr, 'yellow', 'warning:')} ${line}`);
  }

  error(line: string): void {
    this.note(`${styled(this.stderr, 'red', 'error:')} ${line}`);
  }

  /** `text` in colour, where standard output is a terminal that wants it (`NO_COLOR`). */
  style(style: Style, text: string): string {
    return styled(this.stdout, style, text);
  }
}

function styled(stream: Stream, style: Style, text: string): string {
  return stream.isTTY === true ? styleText(style, text, { stream }) : text;
}

/** `one thing`, `3 things`. */
export function count(number: number, thing: string): string {
  return `${number.toLocaleString('en-US')} ${thing}${number === 1 ? '' : 's'}`;
}
