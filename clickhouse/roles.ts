import type { Settings } from '../config/settings.js';
import { loadStatement } from './statement.js';

/** The roles of an installation, from the one that is needed first. Each is a file of `sql/roles/`. */
export const ROLES = ['migrator', 'etl', 'analyst', 'recorder'] as const;

export type RoleName = (typeof ROLES)[number];

/** One right, as `CHECK GRANT` and `GRANT` take it. */
export interface Grant {
  /** `INSERT`. */
  readonly privilege: string;
  /** `llma.llma_metrics_daily`; a `*` at its end stands for any characters. */
  readonly on: string;
}

/** A role for one installation: two on one server have roles of their own, named after their databases. */
export interface Role {
  readonly name: RoleName;
  /** What it is called on the server: `llma_etl`. */
  readonly role: string;
  /** With comments, each statement with its semicolon. */
  readonly sql: string;
  /** The same, one by one, each on a line, without comments and semicolons. */
  readonly statements: readonly string[];
  readonly grants: readonly Grant[];
}

export type RoleSettings = Pick<Settings, 'clickhouse' | 'engine' | 'cluster'>;

export interface RoleOptions {
  /** Also what `llma migrate --with-sources` needs. */
  readonly withSources?: boolean;
}

/** What `sql/roles/<name>.sql` says for this installation. The same lists are printed, checked by the doctor, and tested. */
export function readRole(name: RoleName, settings: RoleSettings, options: RoleOptions = {}): Role {
  const { database, sourceDatabase } = settings.clickhouse;
  const role = `${database}_${name}`;
  const text = loadStatement(`roles/${name}.sql`, {
    role,
    database,
    source_database: sourceDatabase,
    engine: settings.engine.replace(/\(.*/s, ''),
    on_cluster: settings.cluster === undefined ? '' : `ON CLUSTER '${settings.cluster}'`,
  });
  const wanted: Readonly<Record<string, boolean>> = {
    replicated: settings.engine.startsWith('Replicated'),
    cluster: settings.cluster !== undefined,
    sources: options.withSources === true,
  };
  const pieces = text.split(/(?<=;)\n/).filter((piece) => applies(piece, wanted));
  const sql = tidy(pieces.join('\n').replaceAll(CONDITION, ''));
  const statements = pieces
    .map((piece) =>
      piece
        .replaceAll(/^--.*$/gm, '')
        .replace(/;\s*$/, '')
        .replaceAll(/\s+/g, ' ')
        .trim(),
    )
    .filter((statement) => statement !== '');
  return { name, role, sql, statements, grants: statements.flatMap(grantsOf) };
}

/** `-- if: replicated` above a statement that only some installations need. */
const CONDITION = /^-- if: (\w+)\n/gm;

function applies(piece: string, wanted: Readonly<Record<string, boolean>>): boolean {
  return [...piece.matchAll(CONDITION)].every(([, condition = '']) => wanted[condition] === true);
}

/** An empty ON CLUSTER leaves a space too many. */
function tidy(text: string): string {
  return text
    .replaceAll(/(?<=\S) {2,}/g, ' ')
    .replaceAll(/ +(?=;)/g, '')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}

function grantsOf(statement: string): Grant[] {
  const [, privileges, on] = /^GRANT (?:ON CLUSTER '[^']+' )?(.+) ON (\S+) TO \w+$/.exec(statement) ?? [];
  if (privileges === undefined || on === undefined) return [];
  return privileges.split(', ').map((privilege) => ({ privilege, on }));
}

/** `INSERT ON llma.llma_metrics_daily`. */
export function grantText({ privilege, on }: Grant): string {
  return `${privilege} ON ${on}`;
}
