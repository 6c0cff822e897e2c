import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeDirectory } from '../../../embedded/make-directory.js';
import { startStack } from '../../../embedded/stack.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const EXPECTED = 'expected a directory that this user may write to, or where one can be created';

test('a directory is created with those above it; one that is there is left', async () => {
  const directory = join(temporaryDirectory({ 'a/kept': '' }), 'a');
  await makeDirectory(join(directory, 'b/c'));
  await makeDirectory(directory);
  await makeDirectory('/');
  expect([existsSync(join(directory, 'b/c')), existsSync(join(directory, 'kept'))]).toEqual([true, true]);
});

test('a file on the way is named', async () => {
  const file = join(temporaryDirectory({ file: '' }), 'file');
  for (const directory of [file, join(file, 'a/b')]) {
    for (const fresh of [false, true]) {
      await expect(startStack({ dataDir: directory, fresh })).rejects.toThrow(
        `--data-dir: ${file} can't be created (there is a file); ${EXPECTED}`,
      );
    }
  }
});

// Skipped elsewhere: only Linux has /proc, in which nobody can make a folder.
test.runIf(process.platform === 'linux')('where the system has no place for one, that is said at once', async () => {
  for (const directory of ['/proc/nope', '/proc/nope/a']) {
    await expect(startStack({ dataDir: directory })).rejects.toThrow(
      `--data-dir: /proc/nope can't be created (ENOENT); ${EXPECTED}`,
    );
  }
});
