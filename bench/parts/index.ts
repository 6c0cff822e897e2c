import type { Part } from '../part.js';
import { analystsPart } from './analysts.js';
import { concurrencyPart } from './concurrency.js';
import { jobPart } from './job.js';
import { noopPart } from './noop.js';
import { publishPart } from './publish.js';
import { referencePart } from './reference.js';
import { sourcesPart } from './sources.js';
import { onePart, tenPart } from './ten.js';

/** Every part, in the order in which they run. */
export const PARTS: Readonly<Record<string, Part>> = {
  reference: referencePart,
  job: jobPart,
  ten: tenPart,
  one: onePart,
  noop: noopPart,
  publish: publishPart,
  analysts: analystsPart,
  sources: sourcesPart,
  concurrency: concurrencyPart,
};
