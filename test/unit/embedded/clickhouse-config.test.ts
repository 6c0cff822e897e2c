import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { usersXml, writeClickHouseConfig } from '../../../embedded/clickhouse-config.js';

describe('usersXml', () => {
  it('has the user default, without a password, when no others are asked for', () => {
    const text = usersXml([]);
    expect(text).toContain('<default><password/>');
    expect(text.match(/<profile>/g)).toHaveLength(1);
  });

  it('gives each user a profile of its own', () => {
    const text = usersXml([
      { name: 'analyst', password: 'a', readonly: true },
      { name: 'small', password: 'b', settings: { max_memory_usage: 1_000 } },
    ]);
    expect(text).toContain('<analyst><readonly>2</readonly></analyst>');
    expect(text).toContain('<small><max_memory_usage>1000</max_memory_usage></small>');
    expect(text).not.toContain('<grants>');
  });

  it('keeps passwords as hashes', () => {
    const text = usersXml([{ name: 'analyst', password: 'se<cret' }]);
    expect(text).not.toContain('cret');
    expect(text).toMatch(/<password_sha256_hex>[0-9a-f]{64}</);
  });

  it('escapes grants', () => {
    const text = usersXml([{ name: 'a', password: '', grants: ['GRANT SELECT ON `x<&"y`.*'] }]);
    expect(text).toContain('<grants><query>GRANT SELECT ON `x&lt;&amp;&quot;y`.*</query></grants>');
  });

  it.each(['', 'default', 'a b', '1a', 'a-b', '<x>', 'ä'])('refuses the name %j', (name) => {
    expect(() => usersXml([{ name, password: '' }])).toThrow(/take another name/);
  });
});

describe('writeClickHouseConfig', () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'llma & config-'));
  });
  afterEach(async () => {
    await rm(dataDir, { recursive: true, force: true });
  });

  it('writes files that only their owner can read, with absolute paths below the data directory', async () => {
    const paths = await writeClickHouseConfig({ dataDir, port: 8123, instance: 'one' });
    const text = await readFile(paths.config, 'utf8');
    const escaped = dataDir.replace('&', '&amp;');
    expect(text).toContain(`<path>${escaped}/data/</path>`);
    expect(text).toContain(`<users_config>${escaped}/users.xml</users_config>`);
    expect(text).toContain('<http_port>8123</http_port>');
    expect((await stat(paths.config)).mode & 0o077).toBe(0);
    expect((await stat(join(dataDir, 'users.xml'))).mode & 0o077).toBe(0);
  });

  it('has a working directory without a config.xml', async () => {
    const paths = await writeClickHouseConfig({ dataDir, port: 8123, instance: 'one' });
    expect(paths.cwd).not.toBe(dataDir);
    expect((await stat(paths.cwd)).isDirectory()).toBe(true);
  });
});
