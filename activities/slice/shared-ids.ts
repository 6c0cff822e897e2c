import type { Catalogue } from '../../templates/catalogue.js';
import { FAILURE } from '../../workflows/plan/failures.js';
import { permanent } from '../failure.js';
import { selectRows, type Attempt } from './statements.js';

interface SharedIds {
  readonly id: string;
  readonly team_id: string;
  /** Names of the sources that have it. */
  readonly sources: readonly string[];
  readonly ids: string;
}

/**
 * An id is one event. Where two sources have it, these are two events that would count as one, or one that both sources read: nobody
 * here knows which.
 * @throws TemplateError for a slice with such events
 */
export async function refuseSharedIds(
  attempt: Attempt,
  table: string,
  { sources: files }: Pick<Catalogue, 'sources'>,
): Promise<void> {
  if (files.length < 2) return;
  const { database } = attempt.deps;
  const sql = database.statement('pipeline/shared-ids.sql', { decoded: database.temporary(table) });
  const [shared] = await selectRows<SharedIds>(attempt, sql);
  if (shared === undefined) return;
  const { id, team_id: team, sources, ids } = shared;
  const named = sources.map((name) => files.find((file) => file.name === name)?.file ?? name).join(' and ');
  throw permanent(
    FAILURE.template,
    `${named} have ${ids} event ids in common, such as ${JSON.stringify(id.slice(0, 100))} of team ${team}: an id is one event, whichever source has it; ` +
      `return ids of its own from one of them, as in concat('${String(sources[0])}-', …) AS event_id, or take it away if both read the same events`,
  );
}
