/** Our queries make way while others are at work: half of the threads for what reads much, and statements take turns. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase, type Database } from '../../clickhouse/database.js';
import { runQuery } from '../../clickhouse/run-query.js';
import { waitFor } from '../support/temporal-wait-for.js';
import { grantsOf, install, PASSWORD, settingsOf, usersOf, type Installation } from '../support/installation.js';

const GRANT = grantsOf('etl').findIndex((grant) => grant.includes('system.user_processes'));
const ANALYST = { name: 'analyst', password: PASSWORD, grants: ['GRANT SELECT ON system.one'] };

let here: Installation;
const opened: Database[] = [];

beforeAll(async () => {
  const [all] = usersOf('etl');
  const without = usersOf('etl')[GRANT + 1]!;
  here = await install([all!, without, ANALYST]);
  await here.ask('default', 'CREATE DATABASE raw');
});
afterAll(async () => {
  await Promise.all(opened.map((database) => database.close()));
  await here.server.stop();
});

/** As a worker has it. */
function open(user: string): Database {
  const database = openDatabase(settingsOf(user, here.url).clickhouse);
  opened.push(database);
  return database;
}

const ask = (user: string) => here.ask(user, 'SELECT sum(sipHash64(number)) FROM numbers(30000000)');
const threads = async () => Number(await here.ask('default', "SELECT getSetting('max_threads')"));

test('while others are at work, and no longer', async () => {
  const database = open('etl');
  await database.threadsBesideOthers();
  await ask('analyst');
  const half = Math.ceil((await threads()) / 2);
  await waitFor('the analyst to be seen', async () => (await database.threadsBesideOthers()) === half);
  // Nobody asks any more.
  await waitFor('them to be gone', async () => (await database.threadsBesideOthers()) === undefined, 10_000);
});

test('what our own user asks is not others’', async () => {
  const database = open('etl');
  await database.threadsBesideOthers();
  const began = performance.now();
  await ask('etl');
  // Longer than an answer stands.
  expect(performance.now() - began).toBeGreaterThan(100);
  expect(await database.threadsBesideOthers()).toBeUndefined();
});

test('who may not see others takes all threads', async () => {
  const database = open(`etl_${GRANT}`);
  await database.threadsBesideOthers();
  await ask('analyst');
  const shown = here.ask(`etl_${GRANT}`, 'SELECT count() FROM system.user_processes');
  await expect(shown).rejects.toThrow('Not enough privileges');
  expect(await database.threadsBesideOthers()).toBeUndefined();
});

/** As a statement sees it: our queries that run, itself among them. */
const RUNNING = `SELECT sleepEachRow(0.03) AS slept, (SELECT count() FROM system.processes WHERE user = currentUser()) AS running`;

test('while others are at work, as many statements at once as leave them half of the threads', async () => {
  const database = open('etl');
  const most = async () => {
    const rows = await Promise.all(Array.from({ length: 12 }, () => database.select<{ running: string }>(RUNNING)));
    return Math.max(...rows.flat().map(({ running }) => Number(running)));
  };
  const places = Math.max(1, Math.floor((await threads()) / 2));
  await database.threadsBesideOthers();
  expect(await most()).toBeGreaterThan(places);
  await ask('analyst');
  await waitFor('the analyst to be seen', async () => (await database.threadsBesideOthers()) !== undefined);
  // The look at others may be one more.
  expect(await most()).toBeLessThanOrEqual(places + 1);
  // Nothing but these statements looks from here on: they find out by themselves that the analyst has gone.
  await waitFor('them to be gone', async () => (await most()) > places + 1, 20_000);
});

test('a query that is cancelled meanwhile is killed at once, though it has the turn', async () => {
  const database = open('etl');
  await database.threadsBesideOthers();
  await ask('analyst');
  await waitFor('the analyst to be seen', async () => (await database.threadsBesideOthers()) !== undefined);
  const cancel = new AbortController();
  const queryId = `llma-turn-${process.pid}`;
  const running = Array.from({ length: Math.floor((await threads()) / 2) }, (_, n) =>
    runQuery(database, {
      sql: "INSERT INTO FUNCTION null('n UInt8') SELECT sleepEachRow(1) FROM numbers(60)",
      queryId: `${queryId}-${n}`,
      settings: { max_execution_time: 120, max_block_size: '1', function_sleep_max_microseconds_per_block: '60000000' },
      signal: cancel.signal,
    }),
  );
  const still = async () =>
    Number(await here.ask('default', `SELECT count() FROM system.processes WHERE startsWith(query_id, '${queryId}')`));
  await waitFor('it to run', async () => (await still()) === running.length);
  const began = performance.now();
  cancel.abort(new Error('cancelled'));
  for (const query of running) await expect(query).rejects.toThrow('cancelled');
  expect(await still()).toBe(0);
  // A turn lasts five seconds.
  expect(performance.now() - began).toBeLessThan(4_000);
});
