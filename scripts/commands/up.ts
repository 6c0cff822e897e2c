import type { Command } from 'commander';
import type { Context } from '../context.js';
import { EXIT } from '../errors.js';
import { directory, wholeNumber, withJson } from '../options.js';
import { startServers, type UpOptions } from '../up.js';

const port = wholeNumber(1, 65_535);

export function define(command: Command, context: Context): void {
  withJson(command)
    .option('--data-dir <directory>', 'where their data are kept', directory, '.llma')
    .option('--clickhouse-port <port>', 'a busy port is replaced by a free one, and said', port, 8123)
    .option('--temporal-port <port>', 'likewise', port, 7233)
    .option('--ui-port <port>', "of Temporal's UI, likewise", port, 8233)
    .option('--fresh', 'begin without the data of last time')
    .action((options: UpOptions) => run(context, options));
}

async function run(context: Context, options: UpOptions): Promise<void> {
  const { host, output } = context;
  const stopped = new Promise<undefined>((resolve) => host.onStop(() => resolve(undefined)));
  const stack = await startServers(options, (line) => output.note(line));
  const { clickhouse, temporal } = stack;
  const exports = {
    CLICKHOUSE_URL: clickhouse.url,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_UI_URL: temporal.uiUrl,
  };
  output.say(`ClickHouse  ${clickhouse.url}/play  (${clickhouse.binary})`);
  output.say(`Temporal    ${temporal.uiUrl}  (${temporal.binary})`);
  output.say('ready');
  output.say('# Ctrl-C stops both. For other terminals:');
  for (const [name, value] of Object.entries(exports)) output.say(`export ${name}=${value}`);
  output.json({ ready: true, ...exports });
  const ended = await Promise.race([stopped, stack.ended]);
  output.note('stopping');
  await stack.stop();
  if (ended === undefined) return;
  output.error(`${ended}; start both again with "llma up"`);
  context.exitCode = EXIT.failed;
}
