import { describe, expect, test } from 'vitest';
import { addDays, parsePartition, type Partition } from '../../../config/partition.js';
import { asBackfillResult, reportEnd, type RunEnd } from '../../../scripts/outcome.js';
import { Output } from '../../../scripts/output.js';
import { failed, type BackfillResult } from '../../../workflows/plan/outcomes.js';
import { Captured } from '../../e2e/cli-harness.js';

const first = parsePartition('2026-01-01');
const days = (number: number, from = 0) => Array.from({ length: number }, (_, index) => addDays(first, from + index));

function completed(more: Partial<BackfillResult>): RunEnd {
  const none = { published: [], failed: [], blocked: [], superseded: [], skipped: [], rows: 0, errors: {} };
  return { how: 'completed', result: { from: first, to: addDays(first, 30), ...none, ...more } };
}

function report(end: RunEnd) {
  const [stdout, stderr] = [new Captured(), new Captured()];
  const code = reportEnd(new Output(stdout, stderr), 'backfill/x', end);
  return { code, stdout: stdout.text, stderr: stderr.text };
}

describe('a run that ended', () => {
  test('well', () => {
    const end = completed({ published: days(30), superseded: days(1, 30), rows: 12_345 });

    expect(report(end)).toEqual({
      code: 0,
      stdout: '✓ backfill/x: 30 days published, 12,345 rows · 1 superseded by a later computation\n',
      stderr: '',
    });
  });

  test('with a day that failed', () => {
    const [bad] = days(1, 3);
    const end = completed({ published: days(3), failed: [bad!], rows: 3, errors: { [bad!]: 'TemplateError: no' } });

    expect(report(end)).toEqual({
      code: 1,
      stdout: '✗ backfill/x: 3 days published, 3 rows\n',
      stderr: [
        'error: 1 day failed; what was published of them before stays:',
        '  2026-01-04  TemplateError: no',
        '  when it is mended: llma retry-failed backfill/x',
        '',
      ].join('\n'),
    });
  });

  test('with a warning, and a blocked day, which may be published all the same', () => {
    const [thin, bad] = days(2);
    const end = completed({
      published: days(1),
      blocked: [bad!],
      rows: 1,
      errors: { [bad!]: 'not accepted:\nrates: x' },
      warnings: { [thin!]: 'thin_day: few\nvanished_teams: 7' },
    });
    expect(report(end).stderr).toBe(
      [
        'warning: 1 day published with a warning:',
        '  2026-01-01  thin_day: few',
        '              vanished_teams: 7',
        'error: 1 day was blocked; what was published of them before stays:',
        '  2026-01-02  not accepted:',
        '              rates: x',
        '  when it is mended: llma retry-failed backfill/x',
        '  if a blocked day is right all the same: llma publish-anyway 2026-01-02 --reason TEXT',
        '',
      ].join('\n'),
    );
  });

  test('with days that no override accepts: it is advised only for another one', () => {
    const [twice, also, rates] = days(3);
    const final = 'not accepted:\nkeys: twice\nno override accepts this: mend it';
    const errors = { [twice!]: final, [also!]: final, [rates!]: 'not accepted:\nrates: x' };
    const advice = (blocked: typeof errors) => {
      const { stderr } = report(completed({ blocked: Object.keys(blocked) as Partition[], errors: blocked }));
      return stderr.match(/llma publish-anyway \S+/g);
    };
    expect(advice({ [twice!]: final })).toBeNull();
    expect(advice(errors)).toEqual([`llma publish-anyway ${rates!}`]);
  });

  test('with many: the first ones with their errors, the others by their ranges', () => {
    const { code, stderr } = report(completed({ failed: days(14), blocked: days(2, 20) }));

    expect(code).toBe(1);
    expect(stderr).toContain('error: 16 days failed or were blocked;');
    expect(stderr.match(/^ {2}2026-01-\d\d {2}see the Temporal UI$/gm)).toHaveLength(10);
    expect(stderr).toContain('\n  and 2026-01-11 … 2026-01-14, 2026-01-21 … 2026-01-22\n');
  });

  test.each([
    ['refused', 2, 'error: backfill/x failed: why\n'],
    ['failed', 1, 'error: backfill/x failed: why\n'],
    ['cancelled', 1, 'error: backfill/x was cancelled: why\n'],
  ] as const)('%s', (how, code, stderr) => {
    expect(report({ how, message: 'why' })).toEqual({ code, stdout: '', stderr });
  });
});

test('a daily result reads like a backfill’s', () => {
  const [early, late] = [addDays(first, 1), addDays(first, 3)];
  const result = asBackfillResult({
    partition: late,
    days: [failed(early, 'no'), { partition: late, outcome: 'published', rows: 7 }],
  });

  expect(result).toMatchObject({
    from: early,
    to: late,
    published: [late],
    failed: [early],
    rows: 7,
    errors: { [early]: 'no' },
  });
  expect(asBackfillResult(result)).toBe(result);
});
