/** How long an activity may take whose query may run so long: the query, the look for a template to blame, and a margin. */
export function queryTimeouts(maxExecutionSeconds: number): { startToCloseTimeout: number } {
  return { startToCloseTimeout: (2 * maxExecutionSeconds + 60) * 1000 };
}
