/** States beside the rows of a template: computed with them, counted, and refused when they can't be right. */
import { describe, expect, test } from 'vitest';
import type { ExecuteInsertOutput } from '../../activities/execute-insert.js';
import type { QueryOptions } from '../../clickhouse/database.js';
import { candidateStates } from '../../clickhouse/names.js';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents } from '../support/events.js';
import { failureOf, withPipeline } from '../support/pipeline.js';
import { shippedFiles } from '../support/shipped-files.js';
import { addUsers, liveStates, statesOf, USER_STATES, USERS, usersState, WITH_STATES } from '../support/states.js';
import { liveRows } from '../support/tables.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const [DAY, NEXT, LAST] = ['2026-03-10', '2026-03-11', '2026-03-12'];
const DAYS = [DAY, NEXT, LAST];
const live = () => liveStates(harness);
const state = usersState;
const users = (day: string, count: number, team = 1) => addUsers(harness, day, count, team);

/** Statements that `work` sends. */
async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const { database } = harness;
  const { select, command } = database;
  const sent: string[] = [];
  Object.assign(database, {
    select: (sql: string, options?: QueryOptions) => (sent.push(sql), select(sql, options)),
    command: (sql: string, options?: QueryOptions) => (sent.push(sql), command(sql, options)),
  });
  try {
    await work();
  } finally {
    Object.assign(database, { select, command });
  }
  return sent;
}

test('days that are inserted together have their states from one INSERT, and each the same as alone', async () => {
  harness.templates(WITH_STATES);
  for (const [index, day] of DAYS.entries()) if (day !== NEXT) await users(day, 4 + index);
  const candidates = await pipeline.open();
  const decoded = await pipeline.decode(DAYS);
  const inputs = await Promise.all(
    decoded.days.map(async (day) => ({
      ...(await pipeline.render(day.partition, undefined, decoded.slice)),
      ...{ candidates, chunk: 0, maxExecutionSeconds: 60 },
      slice: { of: decoded.slice!, day, eventTypes: harness.settings.eventTypes },
    })),
  );
  const insert = (input: (typeof inputs)[number]) =>
    harness.run('executeInsert', input, harness.environment({ activityId: input.partition }));
  let together: ExecuteInsertOutput[] = [];
  const sent = await statementsOf(async () => (together = await Promise.all(inputs.map(insert))));
  expect(sent.filter((sql) => /INSERT INTO \S+_states`/.test(sql)).length).toBeLessThan(3);
  expect(together.map(({ stateRows }) => stateRows)).toEqual([{ users: 1 }, { users: 0 }, { users: 1 }]);
  for (const [index, input] of inputs.entries()) {
    const alone = await insert(input);
    const of = ({ token }: ExecuteInsertOutput) => statesOf(harness, candidateStates(candidates), `token = '${token}'`);
    expect(await of(alone)).toEqual(await of(together[index]!));
    expect(await of(alone)).toEqual(input.partition === NEXT ? [] : [state(input.partition, 4 + index)]);
  }
});

test('templates without states cost nothing: no statement, no table, no byte', async () => {
  harness.templates({ users: USERS });
  await users(DAY, 3);
  const { templates } = await pipeline.render(DAY);
  expect(Object.keys(templates[0]!).sort()).toEqual(['declared', 'hash', 'name', 'sql']);
  // A worker's first publish finds out whether there are states; the next ones know.
  await pipeline.backfill([DAY]);
  const without = await statementsOf(() => pipeline.backfill([DAY]));
  expect(without.filter((sql) => /llma_metrics_states|_states`/.test(sql))).toEqual([]);
  harness.templates(WITH_STATES);
  await pipeline.backfill([DAY]);
  const having = await statementsOf(() => pipeline.backfill([DAY]));
  expect(having.length - without.length).toBe(8);
});

describe('states that are not there any more stop the day', () => {
  test('the table was emptied after the INSERT: nothing is accepted', async () => {
    harness.templates(WITH_STATES);
    await users(DAY, 3);
    const { candidates, days } = await pipeline.compute([DAY]);
    await harness.command(`TRUNCATE TABLE ${candidateStates(candidates)}`);
    expect(await failureOf(pipeline.accept({ candidates, days }))).toEqual({
      type: 'CandidatesLost',
      nonRetryable: true,
      message: 'month 202603: the candidates are not what was verified; ClickHouse restarted',
    });
    await pipeline.publish(DAY);
    expect(await live()).toEqual([]);
    expect(await liveRows(harness)).toEqual([]);
  });

  test('the table was emptied before it was counted', async () => {
    harness.templates(WITH_STATES);
    await users(DAY, 3);
    const { database } = harness;
    const { command } = database;
    const emptied = async (sql: string, options?: QueryOptions) => {
      const summary = await command(sql, options);
      const [, table] = /INSERT INTO (\S+_states`)/.exec(sql) ?? [];
      if (table) await harness.command(`TRUNCATE TABLE ${table}`);
      return summary;
    };
    Object.assign(database, { command: emptied });
    try {
      expect(await failureOf(pipeline.compute([DAY]))).toMatchObject({
        type: 'CandidatesLost',
        message: `partition ${DAY}: 1 states were written, 0 are there of the days asked for; ClickHouse restarted`,
      });
    } finally {
      Object.assign(database, { command });
    }
  });

  test('the slice was emptied as soon as the first INSERT had read it: the recount, which comes last, finds nothing', async () => {
    harness.templates(WITH_STATES);
    await users(DAY, 3);
    const decoded = await pipeline.decode([DAY]);
    const candidates = await pipeline.open();
    const { database } = harness;
    const { command } = database;
    let emptied = false;
    const emptying = async (sql: string, options?: QueryOptions) => {
      const summary = await command(sql, options);
      if (!emptied && /INSERT INTO \S+llma_cand_/.test(sql)) {
        emptied = true;
        await harness.command(`TRUNCATE TABLE ${decoded.slice!.table}`);
      }
      return summary;
    };
    Object.assign(database, { command: emptying });
    try {
      expect(await failureOf(pipeline.computeDay(candidates, DAY, { decoded }))).toMatchObject({ type: 'SliceLost' });
    } finally {
      Object.assign(database, { command });
    }
  });

  test('the candidates were emptied before states were held against them', async () => {
    harness.templates(WITH_STATES);
    await users(DAY, 3);
    const { database } = harness;
    const { command } = database;
    const emptying = async (sql: string, options?: QueryOptions) => {
      const summary = await command(sql, options);
      const [, table] =
        /INSERT INTO (\S+llma_cand_\w+`) \(token, date, team_id, metric_name, metric_value/.exec(sql) ?? [];
      if (table) await harness.command(`TRUNCATE TABLE ${table}`);
      return summary;
    };
    Object.assign(database, { command: emptying });
    try {
      expect(await failureOf(pipeline.compute([DAY]))).toMatchObject({ type: 'CandidatesLost' });
    } finally {
      Object.assign(database, { command });
    }
  });

  test('the slice was emptied before they were computed: the recount finds nothing either', async () => {
    harness.templates(WITH_STATES);
    await users(DAY, 3);
    const decoded = await pipeline.decode([DAY]);
    const candidates = await pipeline.open();
    await harness.command(`TRUNCATE TABLE ${decoded.slice!.table}`);
    expect(await failureOf(pipeline.computeDay(candidates, DAY, { decoded }))).toMatchObject({ type: 'SliceLost' });
  });
});

describe('states that can’t be right fail the day, by the name of their file', () => {
  const failed = async (states: string, template = USERS) => {
    harness.templates({ users: template, 'states/users': states });
    await users(DAY, 3);
    await users(DAY, 1, 7);
    const { message, type } = await failureOf(pipeline.compute([DAY]));
    expect(type).toBe('TemplateError');
    return message;
  };
  const returned = (what: string) =>
    `sql/states/users.sql for partition ${DAY} returned ${what}; expected one state of a team and metric of that day`;

  test.each<[string, string, string]>([
    ['of another day', USER_STATES.replace('date,', 'date + 1 AS date,'), '2 states of other days, such as 2026-03-11'],
    ['without a name', USER_STATES.replace("'users'", "''"), '2 states with an empty metric_name'],
    ['twice', `${USER_STATES} UNION ALL ${USER_STATES}`, '2 states of a team and metric_name that has one already'],
    [
      'of a metric that the template does not have',
      USER_STATES.replace("'users'", "'people'"),
      '2 states of no metric that sql/users.sql returned for the team, such as "people"',
    ],
  ])('%s', async (_, states, what) => {
    expect(await failed(states)).toBe(returned(what));
  });

  test('of a total that the template does not have', async () => {
    expect(await failed(USER_STATES.replace('AS metric_name', "AS metric_name, 'people' AS total"))).toBe(
      returned('2 states of no metric that sql/users.sql returned for the team, such as "people"'),
    );
  });

  test('of a team that has no such metric', async () => {
    expect(await failed(USER_STATES, USERS.replace('GROUP', 'WHERE team_id = 1 GROUP'))).toBe(
      returned('1 states of no metric that sql/users.sql returned for the team, such as "users"'),
    );
  });

  test('an error of the server', async () => {
    expect(
      await failed(USER_STATES.replace('user_id', "throwIf(team_id = 7, 'no such team') = 0 ? user_id : ''")),
    ).toMatch(/^sql\/states\/users\.sql for partition 2026-03-10: .*no such team/);
  });
});

test('states of nothing are left out', async () => {
  harness.templates({
    ...WITH_STATES,
    'states/users': USER_STATES.replace('State(13)(user_id)', 'StateIf(13)(user_id, team_id = 7)'),
  });
  await users(DAY, 3);
  await users(DAY, 2, 7);
  await pipeline.backfill([DAY]);
  expect(await live()).toEqual([state(DAY, 2, 7)]);
});

test('the shipped states stand beside the shipped metrics, of all teams and types', async () => {
  harness.templates(shippedFiles());
  const properties = { $ai_trace_id: 't', $ai_session_id: 's', $ai_latency: 1.5, $ai_model: 'm' };
  await addEvents(harness, { day: DAY, count: 3, properties }, { day: DAY, team: 2, event: '$ai_span', count: 2 });
  const { days } = await pipeline.compute([DAY]);
  expect(days[0]!.stateRows).toEqual({ latency: 1, distinct_ids: 3 + 1, models_and_tools: 1 });
});
