/** `npm run bench`: see `--help`, and docs/performance.md. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { inspect } from 'node:util';
import { machine } from './machine.js';
import { measureAll } from './measure.js';
import { parseOptions } from './options.js';
import { PARTS } from './parts/index.js';
import { markdownOf } from './report/markdown.js';
import { progressOn } from './report/progress.js';
import { textOf } from './report/text.js';
import type { PartResult, Results } from './results.js';

// However it ends, `exit` handlers end what was started.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));

const options = parseOptions(process.argv.slice(2), PARTS);
if (options.markdown !== undefined) {
  process.stdout.write(markdownOf(JSON.parse(await readFile(options.markdown, 'utf8')) as Results));
} else {
  const progress = progressOn(process.stderr);
  const parts = await earlierParts(options.json);
  for await (const result of measureAll(PARTS, options, progress)) {
    progress.clear();
    if ('error' in result) {
      process.exitCode = 1;
      process.stderr.write(`${result.part} ${result.size} could not be measured: ${inspect(result.error)}\n`);
      continue;
    }
    const again = parts.findIndex(({ part, size }) => part === result.part && size === result.size);
    if (again === -1) parts.push(result);
    else parts[again] = result;
    process.stdout.write(`${textOf(result)}\n`);
    // After each part: what was measured stays, whatever the next one does.
    const results: Results = { at: new Date().toISOString(), machine: machine(), parts };
    await mkdir(dirname(options.json), { recursive: true });
    await writeFile(options.json, `${JSON.stringify(results, undefined, 1)}\n`);
  }
  if (parts.length > 0) process.stdout.write(`\nwritten to ${options.json}\n`);
}

/** What a file has already stays in it, but for what is measured again. */
async function earlierParts(file: string): Promise<PartResult[]> {
  if (!existsSync(file)) return [];
  return [...(JSON.parse(await readFile(file, 'utf8')) as Results).parts];
}
