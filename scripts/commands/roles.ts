import { Argument, type Command } from 'commander';
import { grantText, readRole, ROLES, type Role, type RoleName } from '../../clickhouse/roles.js';
import type { Context } from '../context.js';
import { withJson } from '../options.js';

export function define(command: Command, context: Context): void {
  withJson(command)
    .addArgument(new Argument('[role]', 'only this role').choices(ROLES))
    .option('--with-sources', 'the migrator also creates the tables of the sources: for llma migrate --with-sources')
    .addHelpText('after', HELP)
    .action((name: RoleName | undefined, options: { withSources?: true }) => run(context, { name, ...options }));
}

const HELP = `
Prints SQL for an administrator, for the databases, engine and cluster of the configuration, and asks no server.
Safe to run again, as after an upgrade: llma roles | clickhouse-client --multiquery`;

interface Options {
  readonly name?: RoleName | undefined;
  readonly withSources?: true;
}

function run({ settings, output }: Context, { name, withSources }: Options): void {
  const wanted = name === undefined ? ROLES : [name];
  const roles = wanted.map((role) => readRole(role, settings, { withSources: withSources === true }));
  const { database, sourceDatabase } = settings.clickhouse;
  output.json({
    database,
    sourceDatabase,
    roles: roles.map(({ statements, grants, ...role }) => ({
      name: role.name,
      role: role.role,
      statements,
      grants: grants.map(grantText),
    })),
  });
  for (const role of roles) output.say(`${role.sql}\n${userOf(role)}\n`);
}

/** Whom a role is for: passwords are the administrator's to choose. */
function userOf({ role }: Role): string {
  return `-- CREATE USER … IDENTIFIED WITH sha256_password BY '…'; GRANT ${role} TO …;`;
}
