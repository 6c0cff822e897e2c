import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from '../../clickhouse/errors.js';
import type { Finding, WrongRead } from './history.js';
import { ownSql, type World } from './world.js';

/** Between two reads of one reader, in ms: the processor is for those who are read. */
const PAUSE = 25;

/** Codes of a server that is being killed, or has just come back: it showed nothing to anybody. */
const GOING_AWAY = new Set([210, 236, 394, 735]);

export interface ReadReport {
  readonly reads: number;
  readonly wrong: ReadonlyMap<WrongRead, number>;
  /** Answers of the server that were errors, by message. */
  readonly refused: ReadonlyMap<string, number>;
}

/** Reads every day, again and again, and holds each against the common history. */
export class Readers {
  readonly #world: World;
  readonly #wrong = new Map<WrongRead, number>();
  readonly #refused = new Map<string, number>();
  readonly #onWrong: (finding: Finding) => void;
  #stopped = false;
  #loops: Promise<void>[] = [];
  /** Of wrong reads, that each is told once and not with every read. */
  readonly #told = new Map<string, string>();

  constructor(world: World, onWrong: (finding: Finding) => void) {
    this.#world = world;
    this.#onWrong = onWrong;
  }

  start(count = 2): void {
    this.#loops = Array.from({ length: count }, () => this.#loop());
  }

  report(): ReadReport {
    return { reads: this.#world.history.reads, wrong: this.#wrong, refused: this.#refused };
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#loops);
  }

  async #loop(): Promise<void> {
    const sql = ownSql('read.sql');
    const { history } = this.#world;
    while (!this.#stopped) {
      const begun = history.beginRead();
      try {
        const rows = await this.#world.select<{ day: string; text: string }>(sql);
        this.#tell(history.check(new Map(rows.map(({ day, text }) => [day, text])), begun));
      } catch (error) {
        this.#noteError(error);
      }
      await sleep(PAUSE);
    }
  }

  #tell(findings: readonly Finding[]): void {
    for (const finding of findings) {
      this.#wrong.set(finding.kind, (this.#wrong.get(finding.kind) ?? 0) + 1);
      if (this.#told.get(finding.day) === finding.text) continue;
      this.#told.set(finding.day, finding.text);
      this.#onWrong(finding);
    }
  }

  /** A server that is away shows nothing to anybody; what it answers must be right. */
  #noteError(error: unknown): void {
    const code = errorCode(error);
    if (code === undefined || GOING_AWAY.has(code)) return;
    const message = error instanceof Error ? error.message.slice(0, 300) : String(error);
    this.#refused.set(message, (this.#refused.get(message) ?? 0) + 1);
  }
}
