import { randomBytes } from 'node:crypto';
import { expect, inject, test } from 'vitest';
import { migrate } from '../../clickhouse/migrate.js';
import { loadSettings } from '../../config/settings.js';

test('a cluster that ClickHouse does not have is named with its variable, and nothing is made', async () => {
  const settings = loadSettings(
    {
      CLICKHOUSE_URL: inject('clickhouseUrl'),
      CLICKHOUSE_DATABASE: `t_mig_${randomBytes(4).toString('hex')}`,
      LLMA_CLUSTER: 'nope',
    },
    '/nonexistent',
  );
  await expect(migrate(settings)).rejects.toThrow(
    /^LLMA_CLUSTER="nope": ClickHouse has no such cluster; (?:it has none: unset the variable|known are \S.*)$/,
  );
});
