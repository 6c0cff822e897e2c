/** Recorded histories of every shape replay with the workflows as they are now: a running backfill survives a deployment. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker, type ReplayHistoriesIterable } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { packageFile } from '../../config/package-file.js';
import { workflowBundle } from '../support/temporal-bundle.js';
import { quietRuntime } from '../support/temporal-runtime.js';

const DIRECTORY = packageFile('test', 'replay', 'histories');
const FILES = readdirSync(DIRECTORY);

const histories = (): { workflowId: string; history: unknown }[] =>
  FILES.map((file) => ({
    workflowId: file.replace('.json', ''),
    history: JSON.parse(readFileSync(join(DIRECTORY, file), 'utf8')) as unknown,
  }));

let code: string;
beforeAll(async () => {
  await quietRuntime();
  code = readFileSync((await workflowBundle()).codePath, 'utf8');
});

/** The error of each history's replay, or undefined. */
async function replay(bundle: string): Promise<Record<string, string | undefined>> {
  const errors: Record<string, string | undefined> = {};
  const options = { workflowBundle: { code: bundle }, replayName: 'llma' };
  for await (const { workflowId, error } of Worker.runReplayHistories(
    options,
    histories() as ReplayHistoriesIterable,
  )) {
    errors[workflowId] = error?.name;
  }
  return errors;
}

const none = Object.fromEntries(FILES.map((file) => [file.replace('.json', ''), undefined]));
const computing = Object.keys(none).filter((name) => !name.startsWith('publish'));

describe('every recorded history', () => {
  it('replays without an error', async () => {
    expect(FILES.length).toBeGreaterThanOrEqual(8);
    expect(await replay(code)).toEqual(none);
  });

  it('tells nothing about the machine that it was recorded on', () => {
    for (const file of FILES) {
      const text = readFileSync(join(DIRECTORY, file), 'utf8');
      expect(text).not.toMatch(/"stackTrace"|\/(home|root|work|Users|tmp|node_modules)\//);
      const identities = [...text.matchAll(/"identity":"([^"]*)"/g)].map(([, identity]) => identity);
      expect(identities.filter((identity) => identity !== 'worker' && identity !== 'test')).toEqual([]);
    }
  });
});

it('whatever a killed worker was doing is noticed within half a minute', () => {
  const seconds = (text = '0s') => Number.parseFloat(text);
  const scheduled = histories().flatMap(({ history }) => (history as Recorded).events.map(activityOf));
  const noticedAfter = new Map<string, number>();
  for (const activity of scheduled) {
    if (!activity) continue;
    const { activityType, heartbeatTimeout, startToCloseTimeout } = activity;
    noticedAfter.set(activityType.name, seconds(heartbeatTimeout) || seconds(startToCloseTimeout));
  }
  expect(noticedAfter.size).toBeGreaterThanOrEqual(10);
  expect([...noticedAfter].filter(([, after]) => after > 30)).toEqual([]);
});

interface Recorded {
  readonly events: readonly { readonly activityTaskScheduledEventAttributes?: ScheduledActivity }[];
}

interface ScheduledActivity {
  readonly activityType: { readonly name: string };
  readonly heartbeatTimeout?: string;
  readonly startToCloseTimeout?: string;
}

const activityOf = (event: Recorded['events'][number]) => event.activityTaskScheduledEventAttributes;

describe('a replay finds', () => {
  it('an activity with another name', async () => {
    const errors = await replay(code.replaceAll('renderTemplates', 'drawTemplates'));
    for (const name of computing) expect([name, errors[name]]).toEqual([name, 'DeterminismViolationError']);
    expect(errors['publish']).toBeUndefined();
  });

  it('steps in another order', async () => {
    const swapped = code
      .replaceAll('renderTemplates', 'SWAP')
      .replaceAll('verifyRowCounts', 'renderTemplates')
      .replaceAll('SWAP', 'verifyRowCounts');
    const errors = await replay(swapped);
    for (const name of computing) expect([name, errors[name]]).toEqual([name, 'DeterminismViolationError']);
  });

  it('another id of the publish, which is its lock', async () => {
    const errors = await replay(code.replaceAll('`publish/${month}`', '`publish-${month}`'));
    expect(errors['backfill-waited']).toBe('DeterminismViolationError');
  });
});
