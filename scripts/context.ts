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
    for (const warning of this.readSettings().warnings) this.output.warn(warning);
    return this.readSettings();
  }

  /** The same, without a word. @throws ConfigError */
  readSettings(): Settings {
    return (this.#settings ??= loadSettings(this.host.environment, this.host.directory));
  }

  /** Whether `DEBUG=llma` asks for stacks. */
  get debugs(): boolean {
    try {
      return this.readSettings().temporalEnvironment['DEBUG']?.split(',').includes('llma') ?? false;
    } catch {
      // The configuration itself is what is wrong: its message says everything.
      return false;
    }
  }
}
