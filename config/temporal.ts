import { loadClientConnectConfig } from '@temporalio/envconfig';
import { ConfigError, type Settings } from './settings.js';

export type TemporalConnectConfig = ReturnType<typeof loadClientConnectConfig>;

/**
 * Address, namespace, TLS and credentials of Temporal, from the variables and the file that the `temporal` command reads.
 * @throws ConfigError when they can't be used.
 */
export function temporalConfig(settings: Settings): TemporalConnectConfig & { namespace: string } {
  try {
    const config = loadClientConnectConfig({ overrideEnvVars: settings.temporalEnvironment });
    return { ...config, namespace: config.namespace ?? 'default' };
  } catch (error) {
    throw new ConfigError([
      `Temporal's connection (TEMPORAL_* variables or temporal.toml): ${(error as Error).message}`,
    ]);
  }
}
