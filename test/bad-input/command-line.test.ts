import { expect, test } from 'vitest';
import { main } from '../../scripts/llma.js';
import { Captured } from '../e2e/cli-harness.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

/** A command that needs no server to say what is wrong. What needs one: test/e2e/cli-bad-input.test.ts. */
async function llma(...argv: readonly string[]) {
  const [stdout, stderr] = [new Captured(), new Captured()];
  const host = { stdout, stderr, environment: {}, directory: temporaryDirectory(), onStop: () => () => undefined };
  return { code: await main(argv, host), stdout: stdout.text, stderr: stderr.text };
}

test.each<[string[], string]>([
  [['shedule'], "error: unknown command 'shedule'\n(Did you mean schedule?)"],
  [['--from'], "error: unknown option '--from'"],
  [['--version=1'], "error: unknown option '--version=1'\n(Did you mean --version?)"],
  [['show'], "error: missing required argument 'day'"],
  [['show', 'yesterday'], 'error: day \'yesterday\' is invalid. Expected a UTC day like "2026-01-31".'],
  [['show', '2026-02-30'], "error: day '2026-02-30' is invalid. There is no such day; check the month's length."],
  [['show', '2026-1-1'], 'error: day \'2026-1-1\' is invalid. Expected a UTC day like "2026-01-31".'],
  [['show', '2026-01-01', 'x'], "error: too many arguments for 'show'. Expected 1 argument but got 2."],
  [
    ['show', '2026-01-01', '--team', 'abc'],
    "error: option '--team <n>' argument 'abc' is invalid. Expected a whole number from 0 to 18446744073709551615.",
  ],
  [
    ['show', '2026-01-01', '--team', '1.5'],
    "error: option '--team <n>' argument '1.5' is invalid. Expected a whole number from 0 to 18446744073709551615.",
  ],
  [['show', '2026-01-01', '--teem', '1'], "error: unknown option '--teem'\n(Did you mean --team?)"],
  [['show', '2026-01-01', '--team'], "error: option '--team <n>' argument missing"],
  [['backfill', '--from'], "error: option '--from <day>' argument missing"],
  [
    ['backfill', '--from', ''],
    "error: option '--from <day>' argument '' is invalid. Expected a UTC day like \"2026-01-31\".",
  ],
  [
    ['backfill', '--from', '2026-01-01T00:00:00Z'],
    "error: option '--from <day>' argument '2026-01-01T00:00:00Z' is invalid. Expected a UTC day like \"2026-01-31\".",
  ],
  [
    ['backfill', '--metrics', ''],
    "error: option '--metrics <names>' argument '' is invalid. A name is empty; expected names with commas between them, like a,b.",
  ],
  [
    ['backfill', '--metrics', ','],
    "error: option '--metrics <names>' argument ',' is invalid. A name is empty; expected names with commas between them, like a,b.",
  ],
  [
    ['backfill', '--metrics', 'event_counts,error_rates.sql'],
    "error: option '--metrics <names>' argument 'event_counts,error_rates.sql' is invalid. Expected names of files in sql/ without .sql, like event_counts,error_rates.",
  ],
  [
    ['backfill', '--compute-expired', '  '],
    "error: option '--compute-expired <reason>' argument '  ' is invalid. Expected a reason of at most 1000 characters.",
  ],
  [
    ['publish-anyway', '2026-01-01', '--reason', ''],
    "error: option '--reason <text>' argument '' is invalid. Expected a reason of at most 1000 characters.",
  ],
  [
    ['publish-anyway', '2026-01-01', '--reason', 'x'.repeat(1001)],
    `error: option '--reason <text>' argument '${'x'.repeat(1001)}' is invalid. Expected a reason of at most 1000 characters.`,
  ],
  ...['progress', 'pause', 'resume', 'cancel', 'retry-failed'].map((command): [string[], string] => [
    [command, ''],
    "error: id '' is invalid. Expected a run, like backfill/2026-01-01_2026-01-31; llma progress lists those that run.",
  ]),
  [
    ['set-concurrency', ' ', '3'],
    "error: id ' ' is invalid. Expected a run, like backfill/2026-01-01_2026-01-31; llma progress lists those that run.",
  ],
  [['up', '--data-dir', ''], "error: option '--data-dir <directory>' argument '' is invalid. Expected a directory."],
  [
    ['backfill', '--max-partitions-per-run', '0'],
    "error: option '--max-partitions-per-run <n>' argument '0' is invalid. Expected a whole number from 1 to 366.",
  ],
  [
    ['backfill', '--max-partitions-per-run', '-3'],
    "error: option '--max-partitions-per-run <n>' argument '-3' is invalid. Expected a whole number from 1 to 366.",
  ],
  [
    ['backfill', '--concurrency', '1e3'],
    "error: option '--concurrency <n>' argument '1e3' is invalid. Expected a whole number from 1 to 64.",
  ],
  [
    ['backfill', '--order', 'newest'],
    "error: option '--order <order>' argument 'newest' is invalid. Allowed choices are oldest-first, newest-first.",
  ],
  [['backfill', '--form', '2026-01-01'], "error: unknown option '--form'\n(Did you mean --from?)"],
  [['backfill', '2026-01-01'], "error: too many arguments for 'backfill'. Expected 0 arguments but got 1."],
  [['set-concurrency', 'x'], "error: missing required argument 'n'"],
  [['set-concurrency', 'x', 'ten'], "error: n 'ten' is invalid. Expected a whole number from 1 to 64."],
  [['set-concurrency'], "error: missing required argument 'id'"],
  [['pause'], "error: missing required argument 'id'"],
  [['resume'], "error: missing required argument 'id'"],
  [['cancel'], "error: missing required argument 'id'"],
  [['retry-failed'], "error: missing required argument 'id'"],
  [['schedule', 'aply'], "error: unknown command 'aply'\n(Did you mean apply?)"],
  [
    ['up', '--clickhouse-port', '99999'],
    "error: option '--clickhouse-port <port>' argument '99999' is invalid. Expected a whole number from 1 to 65535.",
  ],
  [
    ['up', '--ui-port', 'x'],
    "error: option '--ui-port <port>' argument 'x' is invalid. Expected a whole number from 1 to 65535.",
  ],
  [['progress', 'a', 'b'], "error: too many arguments for 'progress'. Expected 1 argument but got 2."],
  [['doctor', '--fixx'], "error: unknown option '--fixx'\n(Did you mean --fix?)"],
  [['migrate', '--with-source'], "error: unknown option '--with-source'\n(Did you mean --with-sources?)"],
  [['worker', 'now'], "error: too many arguments for 'worker'. Expected 0 arguments but got 1."],
])('llma %j', async (argv, said) => {
  expect(await llma(...argv)).toEqual({ code: 2, stdout: '', stderr: `${said}\n(add --help to see what it takes)\n` });
});

test.each<[string[], RegExp]>([
  [[], /^Usage: llma /],
  [['schedule'], /^Usage: llma schedule /],
  [['help', 'nothing'], /^Usage: llma /],
])('llma %j shows what there is', async (argv, said) => {
  expect(await llma(...argv)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(said) as string });
});
