import type { Connection } from '@temporalio/client';
import { EmbeddedError } from './errors.js';

/** The types of search attributes, by their names in the `temporal` command and their numbers in Temporal's protocol. */
const TYPES = { Text: 1, Keyword: 2, Int: 3, Double: 4, Bool: 5, Datetime: 6, KeywordList: 7 } as const;

/** A search attribute to register in the namespace `default`. */
export interface SearchAttribute {
  name: string;
  type: keyof typeof TYPES;
}

/**
 * Registers what is missing. The server does so itself, but only when it makes its database: one that an earlier version
 * of a project made would lack what came since.
 *
 * @throws {EmbeddedError} when one is registered with another type, which cannot be changed
 */
export async function ensureSearchAttributes(
  { operatorService }: Connection,
  wanted: readonly SearchAttribute[],
): Promise<void> {
  const namespace = 'default';
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  const missing: Record<string, number> = {};
  for (const { name, type } of wanted) {
    const registered: number | undefined = customAttributes[name];
    if (registered === undefined) missing[name] = TYPES[type];
    else if (registered !== TYPES[type]) {
      throw new EmbeddedError(
        `Temporal's database has the search attribute ${name} with another type than ${type}. Begin with a fresh one.`,
      );
    }
  }
  if (Object.keys(missing).length === 0) return;
  await operatorService.addSearchAttributes({ namespace, searchAttributes: missing });
}
