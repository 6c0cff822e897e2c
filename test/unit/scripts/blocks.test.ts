import { expect, test } from 'vitest';
import { standingBlocks, type Block, type LedgerRow } from '../../../scripts/blocks.js';

const row = (status: string, more: Partial<LedgerRow>): LedgerRow => ({
  status,
  names: [],
  own_runs: [],
  visible_runs: [],
  ...more,
});
/** A run is a template and the number of its computation, like a1. */
const computed = (...runs: string[]) => row('computed', { names: runs.map((run) => run.slice(0, 1)), own_runs: runs });
const published = (...runs: string[]) => row('published', { visible_runs: runs });
const blocked = (...names: string[]) => row('blocked', { names });
const failed = row('failed', {});

test.each<[string, LedgerRow[], Block[]]>([
  ['nothing of a day that never was computed', [], []],
  ['nothing of one that was published', [computed('a1'), published('a1')], []],
  ['a block', [blocked('a', 'b')], [['a', 'b']]],
  ['the latest first', [blocked('a'), blocked('b')], [['b'], ['a']]],
  ['no block whose templates were accepted', [blocked('a'), computed('a1'), published('a1')], []],
  ['a block of what was not accepted with the others', [blocked('a', 'b'), computed('b1'), published('b1')], [['a']]],
  [
    'a block of what was visible before, and still is',
    [computed('a1'), published('a1'), blocked('a'), computed('b1'), published('a1', 'b1')],
    [['a']],
  ],
  ['a block of what was computed, and not accepted', [blocked('a'), computed('a1'), failed], [['a']]],
  ['no block of what is accepted, and not visible yet', [blocked('a'), computed('a1')], []],
  [
    'a block of what was computed before it, and became visible later',
    [computed('a1'), blocked('a'), published('a1')],
    [['a']],
  ],
  [
    'no block of what was computed after it beside that',
    [computed('a1'), blocked('a'), published('a1'), computed('a2'), published('a2')],
    [],
  ],
  ['a block of templates that nobody knows', [computed('a1'), published('a1'), blocked()], [[]]],
  ['none of these when anything was accepted', [blocked(), computed('b1'), published('b1')], []],
])('%s', (_, rows, expected) => {
  expect(standingBlocks(rows)).toEqual(expected);
});
