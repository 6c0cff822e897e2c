/** Whose a table or query is, and so whether it may be removed: never what a living run works with. */
import { describe, expect, it } from 'vitest';
import { isLeftQuery, judgeTable, ownersOf } from '../../../activities/leftovers.js';
import { candidatesPrefix, stagingPrefix } from '../../../clickhouse/names.js';
import type { Month } from '../../../config/partition.js';

const ID = `backfill/it's "2026"`;
const OPEN = 'e6a1';
const BEFORE = '07b3';
const open = new Map([[ID, OPEN]]);
const none = new Map<string, string>();
const month = '202601' as Month;
const candidates = (runId: string, comment = ID) => ({ name: `${candidatesPrefix(ID, runId, 3)}0123`, comment });
const staging = (comment: string) => ({ name: `${stagingPrefix(month)}0123`, comment });

describe('a table', () => {
  it.each([
    ['of the run that is open', candidates(OPEN), open, 'in use'],
    ['of a run that has ended, or is past retention', candidates(OPEN), none, 'leftover'],
    ['of a run that was reset, or continued as new', candidates(BEFORE), open, 'another run'],
    ['of another workflow', candidates(OPEN, 'other'), open, 'leftover'],
    [
      'of another workflow that has the open one’s run id',
      candidates(OPEN, 'other'),
      new Map([['other', OPEN]]),
      'another run',
    ],
    ['of a name that tells no run', { name: 'llma_cand_1', comment: ID }, open, 'in use'],
    ['of a name that tells no run, of nobody', { name: 'llma_cand_1', comment: ID }, none, 'leftover'],
    ['that names no workflow', candidates(OPEN, ''), open, 'unclaimed'],
    [
      'of a slice of the open run',
      { name: candidates(OPEN).name.replace('cand', 'slice'), comment: ID },
      open,
      'in use',
    ],
    [
      'of a slice of a run before it',
      { name: candidates(BEFORE).name.replace('cand', 'slice'), comment: ID },
      open,
      'another run',
    ],
    ['of a month that is published', staging('publish/202601'), new Map([['publish/202601', OPEN]]), 'in use'],
    ['of a month that nobody publishes', staging('publish/202601'), open, 'leftover'],
    ['of a publish under way by another id', staging('by hand'), new Map([['by hand', OPEN]]), 'in use'],
    [
      'of a publish that died, by another id, of a month that is published',
      staging('by hand'),
      new Map([['publish/202601', OPEN]]),
      'in use',
    ],
    [
      'of a month that nobody publishes, while another is',
      staging('by hand'),
      new Map([['publish/202602', OPEN]]),
      'leftover',
    ],
  ] as const)('%s', (_, table, runs, verdict) => {
    expect(judgeTable(table, runs)).toBe(verdict);
  });

  it('is decided about by its own workflow, a staging table by its month’s publish too', () => {
    expect(ownersOf(candidates(OPEN))).toEqual([ID]);
    expect(ownersOf(candidates(OPEN, ''))).toEqual([]);
    expect(ownersOf(staging('by hand'))).toEqual(['by hand', 'publish/202601']);
  });
});

it.each([
  ['of the open run', OPEN, open, false],
  ['of a run before the open one', BEFORE, open, true],
  ['of a run that has ended', OPEN, none, true],
] as const)('a query %s', (_, runId, runs, left) => {
  expect(isLeftQuery({ queryId: 'q', workflowId: ID, runId }, runs)).toBe(left);
});
