import { expect, test } from 'vitest';
import { loadSettings } from '../../../config/settings.js';
import type { Temporal } from '../../../scripts/connect.js';
import { uiLink } from '../../../scripts/links.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const link = (environment: Record<string, string>, address: string) =>
  uiLink(loadSettings(environment, temporaryDirectory()), { address, namespace: 'prod' } as Temporal, 'backfill/a b');

test('TEMPORAL_UI_URL says where the UI is', async () => {
  for (const url of ['https://ui.test/temporal', 'https://ui.test/temporal/']) {
    expect(await link({ TEMPORAL_UI_URL: url }, 'temporal:7233')).toBe(
      'https://ui.test/temporal/namespaces/prod/workflows/backfill%2Fa%20b',
    );
  }
});

test.each(['temporal.example:7233', '127.0.0.1:7234'])('nobody guesses where the UI of %s is', async (address) => {
  expect(await link({}, address)).toBeUndefined();
});
