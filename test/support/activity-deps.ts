import type { ActivityDeps } from '../../activities/deps.js';
import { packageFile } from '../../config/package-file.js';
import { loadSettings } from '../../config/settings.js';
import { loadCatalogue } from '../../templates/catalogue.js';
import { temporaryDirectory } from './temporary-directory.js';

/** The noon before which tests' days are over. */
export const NOW = Date.parse('2026-06-15T12:00:00Z');

interface Options {
  readonly environment?: Readonly<Record<string, string>>;
  /** Files below `sql/`; without them those that are shipped. */
  readonly sql?: Readonly<Record<string, string>>;
}

/** What activities that ask no server work with. */
export function activityDeps({ environment = {}, sql }: Options = {}): ActivityDeps {
  return {
    get database(): never {
      throw new Error('this activity asks no server');
    },
    settings: loadSettings(environment, '/nonexistent'),
    catalogue: () => loadCatalogue({ sqlDir: sql ? sqlDirectory(sql) : packageFile('sql') }),
    now: () => NOW,
  };
}

/** A directory `sql` with these files, by their path below it. */
export function sqlDirectory(files: Readonly<Record<string, string>>): string {
  const named = Object.entries(files).map(([name, text]) => [`sql/${name}`, text] as const);
  return `${temporaryDirectory({ 'sql/.keep': '', ...Object.fromEntries<string>(named) })}/sql`;
}
