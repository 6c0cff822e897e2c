import { readFileSync } from 'node:fs';
import { packageFile } from '../../config/package-file.js';
import { ConfigError, type Settings } from '../../config/settings.js';
import { ok, problem, warning, type Finding } from './finding.js';

/** Whether this Node is one that we run on. */
export function checkNode(version = process.versions.node): Finding {
  const { engines } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { engines: { node: string } };
  const wanted = engines.node.replace('>=', '');
  const compared = version.localeCompare(wanted, 'en', { numeric: true });
  return compared >= 0 ? ok('Node', version) : problem('Node', version, `install Node ${wanted} or later`);
}

/** Reads the configuration; without it nothing else can be checked. */
export function checkConfiguration(read: () => Settings): { settings?: Settings; findings: readonly Finding[] } {
  const check = 'configuration';
  try {
    const settings = read();
    const { warnings } = settings;
    const findings = warnings.length === 0 ? [ok(check, 'read')] : warnings.map((text) => warning(check, text));
    return { settings, findings };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { findings: error.problems.map((text) => problem(check, text)) };
  }
}
