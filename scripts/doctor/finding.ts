/** One line of the doctor. */
export interface Finding {
  /** What was looked at. */
  readonly check: string;
  readonly level: 'ok' | 'warning' | 'problem';
  readonly message: string;
  /** What to do about it. */
  readonly remedy?: string;
}

export function ok(check: string, message: string): Finding {
  return { check, level: 'ok', message };
}

export function warning(check: string, message: string, remedy?: string): Finding {
  return { check, level: 'warning', message, ...(remedy === undefined ? {} : { remedy }) };
}

export function problem(check: string, message: string, remedy?: string): Finding {
  return { check, level: 'problem', message, ...(remedy === undefined ? {} : { remedy }) };
}

/** A check that can't be made is a finding too: the others go on. */
export async function guarded(check: string, look: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (error) {
    return [problem(check, error instanceof Error ? error.message : String(error))];
  }
}
