import { expect, test } from 'vitest';
import { clauseOfAllDays } from '../../../templates/clauses-of-all-days.js';

test.each([
  ['SELECT 1 LIMIT 10', 'LIMIT 10', 'LIMIT 10 BY date'],
  ['SELECT 1 limit\n10', 'limit 10', 'limit 10 BY date'],
  ['SELECT 1 LIMIT 5, 10', 'LIMIT 5, 10', 'LIMIT 5, 10 BY date'],
  ['SELECT 1 LIMIT 10 OFFSET 5', 'LIMIT 10 OFFSET 5', 'LIMIT 10 OFFSET 5 BY date'],
  ['SELECT 1 LIMIT 10 WITH TIES', 'LIMIT 10', 'LIMIT 10 BY date'],
  ['SELECT a FROM (SELECT 1 LIMIT 10), b', 'LIMIT 10', 'LIMIT 10 BY date'],
  [
    'SELECT 1 LIMIT 1 BY lower(e.a, 1), b ORDER BY date',
    'LIMIT 1 BY lower(e.a, 1), b',
    'LIMIT 1 BY date, lower(e.a, 1), b',
  ],
  ["SELECT 1 LIMIT 1 BY 'date'", "LIMIT 1 BY ''", "LIMIT 1 BY date, ''"],
  ['SELECT 1 LIMIT 1 BY date LIMIT 10', 'LIMIT 10', 'LIMIT 10 BY date'],
  ['SELECT 1 LIMIT 1 BY team_id UNION ALL SELECT 1, date', 'LIMIT 1 BY team_id', 'LIMIT 1 BY date, team_id'],
  ['SELECT 1 OFFSET 5', 'OFFSET 5', 'LIMIT … BY date'],
  ['SELECT 1 FETCH FIRST 5 ROWS ONLY', 'FETCH FIRST', 'LIMIT … BY date'],
  ['SELECT 1 FETCH NEXT ROW ONLY', 'FETCH NEXT', 'LIMIT … BY date'],
  ['SELECT TOP 5 a', 'TOP 5', 'LIMIT … BY date'],
  ['SELECT DISTINCT TOP 5 a', 'TOP 5', 'LIMIT … BY date'],
  ['SELECT rank() OVER ()', 'a window without PARTITION BY', 'PARTITION BY date'],
  ['SELECT rank() OVER (ORDER BY date)', 'a window without PARTITION BY', 'PARTITION BY date'],
  [
    'SELECT rank() OVER (PARTITION BY e.model, team_id ORDER BY date)',
    'a window with PARTITION BY e.model, team_id',
    'PARTITION BY date, e.model, team_id',
  ],
  ['SELECT rank() OVER w WINDOW w AS (ORDER BY a)', 'a window without PARTITION BY', 'PARTITION BY date'],
])('%j has one', (sql, clause, ofEachDay) => {
  expect(clauseOfAllDays(sql)).toEqual({ clause, ofEachDay });
});

test.each([
  'SELECT 1 LIMIT 1 BY date',
  'SELECT 1 LIMIT 1 BY team_id, e.date LIMIT 2 OFFSET 3 BY `date`, x',
  'SELECT 1 LIMIT 1 BY lower(a, b), date',
  'SELECT count() AS limit, limit + 10, limit-10, limit[1] FROM t AS top ORDER BY limit',
  'SELECT a.limit, offset, top, fetch FROM (SELECT 1 AS offset) WHERE offset > 5 AND limit < 10',
  'SELECT \'LIMIT 10\', "LIMIT 10", `LIMIT 10` -- LIMIT 10\n/* LIMIT 10 */ # LIMIT 10',
  'SELECT rank() OVER (PARTITION BY date, team_id ORDER BY a)',
  'SELECT rank() OVER (PARTITION BY team_id, toDate(timestamp))',
  'SELECT rank() OVER (PARTITION BY day, team_id)',
  'SELECT rank() OVER (w ORDER BY a), rank() OVER w WINDOW w AS (PARTITION BY date)',
  'WITH over AS (SELECT 1), window AS (SELECT 1) SELECT over',
  'SELECT topK(5)(a), groupArray(10)(b), lagInFrame(a, 1)',
])('%j has none', (sql) => {
  expect(clauseOfAllDays(sql)).toBeUndefined();
});
