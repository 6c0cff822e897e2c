import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { finished } from 'node:stream/promises';

/** The campaign's history, one JSON object a line: enough to see what happened around a wrong read, and to do it again. */
export class Log {
  readonly file: string;
  readonly #stream;
  readonly #began = Date.now();

  constructor(file: string) {
    this.file = file;
    mkdirSync(dirname(file), { recursive: true });
    this.#stream = createWriteStream(file);
  }

  /** @param what kind of line, such as `fault` or `wrong read` */
  write(what: string, details: Readonly<Record<string, unknown>>): void {
    const at = Date.now() - this.#began;
    this.#stream.write(`${JSON.stringify({ at, what, ...details })}\n`);
  }

  async close(): Promise<void> {
    this.#stream.end();
    await finished(this.#stream);
  }
}
