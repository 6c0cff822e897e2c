import type { Settings } from '../config/settings.js';
import type { Database } from '../clickhouse/database.js';
import type { Partition } from '../config/partition.js';
import type { Catalogue } from '../templates/catalogue.js';

/** What activities work with. */
export interface ActivityDeps {
  readonly settings: Settings;
  readonly database: Database;
  /** The templates as they are now. @throws CatalogueError when they can't be used. */
  readonly catalogue: () => Catalogue;
  /**
   * Refuses files of the catalogue that are new since the worker has started, as it does when it starts. Default: takes them as they are.
   * @throws CatalogueError that names each problem's file and line
   */
  readonly examine?: (
    catalogue: Catalogue,
    of: { readonly eventTypes: readonly string[]; readonly partition: Partition },
  ) => Promise<void>;
  /** Milliseconds since 1970. Default: the machine's clock. Only decides which day is over. */
  readonly now: () => number;
}
