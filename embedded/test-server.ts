import { findTestServer } from './find-temporal.js';
import type { FindOptions } from './find.js';

/**
 * Path of Temporal's time-skipping test server, for
 * `TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } })`.
 *
 * @throws {EmbeddedError} when there is none, with all that was tried
 */
export async function timeSkippingServerPath(options: FindOptions = {}): Promise<string> {
  return (await findTestServer(options)).path;
}
