import type { ActivityDeps } from '../../activities/deps.js';
import { packageFile } from '../../config/package-file.js';
import { loadSettings } from '../../config/settings.js';
import { loadCatalogue } from '../../templates/catalogue.js';
import { temporaryDirectory } from './temporary-directory.js';

/** The templates that tests compute unless they are about others: each costs every day of every test some milliseconds. */
export const TWO_TEMPLATES = ['error_rates', 'event_counts'] as const;

/** The noon before which tests' days are over. */
export const NOW = Date.parse('2026-06-15T12:00:00Z');

interface Options {
  readonly environment?: Readonly<Record<string, string>>;
  /** Files below `sql/`; without them {@link TWO_TEMPLATES} of those that are shipped. */
  readonly sql?: Readonly<Record<string, string>>;
}

/** What activities that ask no server work with. */
export function activityDeps({ environment = {}, sql }: Options = {}): ActivityDeps {
  return {
    get database(): never {
      throw new Error('this activity asks no server');
    },
    settings: loadSettings(environment, '/nonexistent'),
    catalogue: () =>
      loadCatalogue(sql ? { sqlDir: sqlDirectory(sql) } : { sqlDir: packageFile('sql'), only: TWO_TEMPLATES }),
    now: () => NOW,
  };
}

/** A directory `sql` with these files, by their path below it. */
export function sqlDirectory(files: Readonly<Record<string, string>>): string {
  const named = Object.entries(files).map(([name, text]) => [`sql/${name}`, text] as const);
  return `${temporaryDirectory({ 'sql/.keep': '', ...Object.fromEntries<string>(named) })}/sql`;
}
