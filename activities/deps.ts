import type { Settings } from '../config/settings.js';
import type { Database } from '../clickhouse/database.js';
import type { Catalogue } from '../templates/catalogue.js';

/** What activities work with. */
export interface ActivityDeps {
  readonly settings: Settings;
  readonly database: Database;
  /** The templates as they are now. @throws CatalogueError when they can't be used. */
  readonly catalogue: () => Catalogue;
  /** Milliseconds since 1970. Default: the machine's clock. Only decides which day is over. */
  readonly now: () => number;
}
