import { expect, test } from 'vitest';
import { parsePartition } from '../../../config/partition.js';
import { remarks, type DayStatus } from '../../../scripts/day-words.js';

const date = parsePartition('2026-01-02');
const published: DayStatus = {
  status: 'published',
  rows: '4',
  source_rows: '1200',
  teams: '2',
  templates: { event_counts: 'x' },
  not_understood: '0',
  audits: [],
  reason: '',
  published_at: '2026-01-03 06:00:00',
  last_attempt_at: '2026-01-03 06:00:00',
  last_attempt_status: 'published',
  last_attempt_error: '',
};
const never = (status: string): DayStatus => ({
  ...published,
  status,
  rows: '0',
  source_rows: '0',
  teams: '0',
  last_attempt_status: status,
  last_attempt_error: 'WHY: x',
});
const EMPTY = { ...published, rows: '0', source_rows: '0', teams: '0' };

test.each<[string, Partial<Parameters<typeof remarks>[0]>, string[]]>([
  ['rows', { rows: 4, status: published }, []],
  ['never computed', {}, [`${date} was never computed: "llma backfill --from ${date} --to ${date}" computes it`]],
  ['not over', { notComputable: 'today is not over yet' }, [`${date} was never computed: today is not over yet`]],
  ['no events', { status: EMPTY }, [`${date} was computed, and has no rows: there were no events`]],
  [
    'no events of anybody',
    { status: EMPTY, team: '7' },
    [`${date} was computed, and has no rows: there were no events`],
  ],
  [
    'no events of a team',
    { status: published, team: '7' },
    [
      `team 7 had no events on ${date}: the day was computed, and 2 other teams had 1,200 events (4 rows, none of team 7)`,
    ],
  ],
  [
    'a team that nobody counted',
    { status: { ...published, templates: { mine: 'x' } }, team: '7' },
    [`${date} has 4 rows, none of team 7: it had no events, or no template returned a row of it`],
  ],
  [
    'events without metrics',
    { status: { ...published, rows: '0' } },
    [`${date} was computed, and has no rows: there were 1,200 events, and no template returned a row`],
  ],
  [
    'never published, failed',
    { status: never('failed') },
    [`the last attempt at ${date} failed: WHY: x`, 'it has never been published'],
  ],
  [
    'never published, blocked',
    { status: never('blocked') },
    [`the last attempt at ${date} was blocked: WHY: x`, 'it has never been published'],
  ],
  [
    'never published, expired',
    { status: never('expired') },
    [
      `the last attempt at ${date} was skipped, because its source rows have expired: WHY: x`,
      'it has never been published',
    ],
  ],
  [
    'published, and expired since',
    { rows: 4, status: { ...published, last_attempt_status: 'expired', last_attempt_error: '' } },
    [`the last attempt at ${date} was skipped, because its source rows have expired`, 'these are its rows from before'],
  ],
  [
    'accepted, not yet published',
    { rows: 4, status: { ...published, last_attempt_status: 'computed' } },
    [`${date} is accepted, and not visible yet: if nothing runs, "llma doctor" publishes it`],
  ],
  [
    'overridden',
    { rows: 4, status: { ...published, reason: 'restored from the archive' } },
    [`an objection was overridden for ${date}: restored from the archive`],
  ],
  [
    'blocks that another run has followed, not all of whose templates the ledger names',
    { rows: 4, status: published, blocks: [['b', 'a'], ['a'], []] },
    [`blocked, and not published: a, b, templates that the ledger does not name; see "llma publish-anyway ${date}"`],
  ],
  [
    'no block that the last attempt says itself, but earlier ones of other templates',
    { rows: 4, status: { ...published, last_attempt_status: 'blocked' }, blocks: [['a'], ['a', 'b']] },
    [
      `the last attempt at ${date} was blocked`,
      'these are its rows from before',
      `blocked, and not published: b; see "llma publish-anyway ${date}"`,
    ],
  ],
  [
    'what was blocked, of a file that is gone',
    { rows: 4, status: published, gone: ['a', 'b'] },
    ['blocked, and gone from sql/: a, b; nothing is left to publish of that'],
  ],
  [
    'what audits found: by audit, with its sentence where there still is one',
    {
      rows: 4,
      status: {
        ...published,
        audits: [
          { audit: 'thin', level: 'warning', message: 'few rows' },
          { audit: 'gone', level: 'blocking', message: 'team 1' },
          { audit: 'thin', level: 'warning', message: 'few events' },
        ],
      },
    },
    [
      'audits blocked it:',
      '  gone:',
      '    team 1',
      'audits warn:',
      '  thin: It is not thin.',
      '    few rows',
      '    few events',
    ],
  ],
])('%s', (_, shown, expected) => {
  const nothing = { date, team: undefined, rows: 0, status: undefined, notComputable: undefined, blocks: [], gone: [] };
  const audits = [{ name: 'thin', sentence: 'It is not thin.' }];
  expect(remarks({ ...nothing, audits, ...shown })).toEqual(expected);
});
