import type { ApplicationFailure } from '@temporalio/common';
import { classify, shortMessage } from '../../clickhouse/errors.js';
import { nextDay, type Partition } from '../../config/partition.js';
import type { Catalogue } from '../../templates/catalogue.js';
import { renderSources } from '../../templates/relation.js';
import { FAILURE } from '../../workflows/plan/failures.js';
import { permanent } from '../failure.js';
import { selectRows, type Attempt } from './statements.js';

interface Asked {
  readonly catalogue: Catalogue;
  readonly eventTypes: readonly string[];
  readonly partitions: readonly Partition[];
}

/** Names the sources that can't be read, after a permanent error of all together: each is described alone. Undefined when the error passes. */
export async function blameSource(
  attempt: Attempt,
  { catalogue, eventTypes, partitions }: Asked,
  error: unknown,
): Promise<ApplicationFailure | undefined> {
  const [first, last] = [partitions[0], partitions.at(-1)];
  if (classify(error) !== 'permanent' || first === undefined || last === undefined) return undefined;
  const days = first === last ? `partition ${first}` : `partitions ${first} to ${last}`;
  const sources = renderSources(catalogue, { eventTypes, dateStart: first, dateEnd: nextDay(last) });
  const blamed: string[] = [];
  for (const { file, counted } of sources) {
    const problem = await selectRows(attempt, `DESCRIBE (${counted})`).then(
      () => undefined,
      (alone: unknown) => (classify(alone) === 'permanent' ? shortMessage(alone) : undefined),
    );
    if (problem !== undefined) blamed.push(`${file} for ${days}: ${problem}`);
  }
  const files = sources.map(({ file }) => file).join(', ');
  // What fails only when it runs is some row's fault: all sources may have it.
  if (blamed.length === 0) blamed.push(`${files} for ${days}: ${shortMessage(error)}`);
  return permanent(FAILURE.template, blamed.join('\n'));
}
