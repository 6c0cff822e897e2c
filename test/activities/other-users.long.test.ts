/** A query of ours that reads much takes half of its threads while others are at work. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase, type Database } from '../../clickhouse/database.js';
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
