import { PassingError } from './errors.js';

/** The staged month is not what the markers say it is. The message names the day. */
export class PublishGateError extends Error {
  override readonly name = 'PublishGateError';
}

/** What was swapped in is not what is there: somebody else changed the month. Publishing begins again. */
export class PublishVerifyError extends PassingError {
  override readonly name = 'PublishVerifyError';
}
