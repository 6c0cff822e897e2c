/**
 * What keeps readers from seeing a wrong day, guard by guard, and what it means for one to be off. Only tests take them off,
 * from outside: they change what the product's own code sends to the servers. None of it can be set in the product.
 */
export const GUARDS = {
  monthLock: 'the workflow id publish/<yyyymm>; off: every publish has an id of its own',
  fence: 'a publisher kills the others of its month and drops their staging tables; off: it leaves both alone',
  fixedQueryId: 'the swap has the month’s own query id, so a second one gets 216; off: an id of its own',
  verifySwap: 'what is live after the swap is held against what was staged; off: it is believed',
  lookAgain: 'a publish begins again when the current runs are others than when it began; off: it ends',
  gateCounts: 'a publish holds the rows of each day against its markers; off: the markers are believed',
  gateDuplicates: 'a publish refuses two rows of one team and metric on one day; off: it shows them',
  versionOrder: 'the latest snapshot wins; off: the last accept wins',
  oneRun: 'of several accepts of a day and template one counts; off: all of them do',
  oneBlock: 'an accept is one block, and so one part; off: blocks of 100 rows',
  acceptCounts: 'an accept counts its candidates again; off: it takes what is there',
  verifyCounts: 'candidates are as many as the INSERT said; off: as many as there are',
  sliceCounts: 'an INSERT finds in the slice what was decoded; off: whatever it finds is taken',
  duplicateAudit: 'candidates with two rows of one team and metric are refused; off: they are not looked at',
  tokens: 'each execution of a day has candidates of its own; off: all executions of a day share them',
  killOld: 'a retried execution kills its predecessors’ queries; off: they go on',
} as const;

export type Guard = keyof typeof GUARDS;

export const ALL_GUARDS = Object.keys(GUARDS) as readonly Guard[];

export type Off = ReadonlySet<Guard>;

/** Every guard is on. */
export const NONE_OFF: Off = new Set();

/** @throws Error for a name that is no guard. */
export function parseGuards(names: readonly string[]): Off {
  const unknown = names.filter((name) => !(name in GUARDS));
  if (unknown.length > 0)
    throw new Error(`no such guard: ${unknown.join(', ')}; there are ${Object.keys(GUARDS).join(', ')}`);
  return new Set(names as Guard[]);
}
