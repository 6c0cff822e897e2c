import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { Partition } from '../config/partition.js';
import { SEARCH_ATTRIBUTE } from './plan/names.js';
import { markdown, type Progress } from './plan/progress.js';

const partitionKey = defineSearchAttributeKey(SEARCH_ATTRIBUTE.partition.name, SearchAttributeType.KEYWORD_LIST);
const runKindKey = defineSearchAttributeKey(SEARCH_ATTRIBUTE.runKind.name, SearchAttributeType.KEYWORD);
const failedKey = defineSearchAttributeKey(SEARCH_ATTRIBUTE.failed.name, SearchAttributeType.INT);

/** Days that a search attribute holds at most: the server limits its size. */
const MAX_DAYS = 100;

/** Says in the search attributes what a run works on. Each call is an event of the history: once a chunk, not more. */
export function tag(kind: 'daily' | 'backfill', partitions: readonly Partition[], failedDays: number): void {
  upsertSearchAttributes([
    { key: runKindKey, value: kind },
    { key: partitionKey, value: partitions.slice(0, MAX_DAYS) },
    { key: failedKey, value: failedDays },
  ]);
}

/** What the UI says of an activity that works on some days at once. */
export function summaryOf(partitions: readonly Partition[]): string {
  const [first] = partitions;
  return partitions.length === 1 ? String(first) : `${String(first)} · ${partitions.length} days`;
}

/** Says how many days of a run have failed, at its end. */
export function tagFailed(failedDays: number): void {
  upsertSearchAttributes([{ key: failedKey, value: failedDays }]);
}

/** Shows a run in the Temporal UI. Costs nothing in the history. */
export function show(progress: Progress): void {
  setCurrentDetails(markdown(progress));
}
