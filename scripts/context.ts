import { loadSettings, type Settings } from '../config/settings.js';
import type { ExitCode } from './errors.js';
import type { Host } from './host.js';
import { Output } from './output.js';

/** What every command works with. */
export class Context {
  readonly host: Host;
  readonly output: Output;
  /** What the process will end with. */
  exitCode: ExitCode = 0;
  #settings: Settings | undefined;

  constructor(host: Host) {
    this.host = host;
    this.output = new Output(host.stdout, host.stderr);
  }

  /** The configuration, read when it is first asked for; its warnings are printed then. @throws ConfigError */
  get settings(): Settings {
    if (this.#settings) return this.#settings;
    this.#settings = loadSettings(this.host.environment, this.host.directory);
    for (const warning of this.#settings.warnings) this.output.warn(warning);
    return this.#settings;
  }

  /** Whether `DEBUG=llma` asks for stacks: known once the configuration was read. */
  get debugs(): boolean {
    return this.#settings?.temporalEnvironment['DEBUG']?.split(',').includes('llma') ?? false;
  }
}
