/**
 * What a day may show. Events come in batches, numbered from 1 within each day; a batch adds one event to every team and
 * event type, in one INSERT, and every fourth batch adds errors. So the number of batches alone decides all rows of a full
 * computation, and rows that no number explains were never one.
 */
export const TEAMS = [1, 2, 3] as const;
export const KINDS = ['ai_trace', 'ai_generation', 'ai_span', 'ai_embedding'] as const;
/** Every such batch is one of errors. Of no count it makes a rate that a rounding could split. */
export const ERRORS_EVERY = 4;

/** All rows of a day that has seen so many batches: a line each, `team metric value`, sorted. */
export function rowsOf(batches: number): string[] {
  const errors = Math.floor(batches / ERRORS_EVERY);
  const rate = Math.round((10_000 * errors) / batches) / 100;
  const rows = TEAMS.flatMap((team) => [
    `${team} slow_events ${KINDS.length * batches}`,
    ...KINDS.flatMap((kind) => [
      `${team} ${kind}_count ${batches}`,
      `${team} ${kind}_error_rate ${rate}`,
      ...(errors > 0 ? [`${team} ${kind}_error_count ${errors}`] : []),
    ]),
  ]);
  return rows.sort();
}

const texts: string[] = [];

/** The same as one text. */
export function textOf(batches: number): string {
  return (texts[batches] ??= rowsOf(batches).join('\n'));
}

/** What is wrong with a day's rows. */
export const WRONG = ['empty', 'partial', 'doubled', 'torn', 'went back', 'unexplained'] as const;
export type Wrong = (typeof WRONG)[number];

/** What a day's rows are: those of a number of batches, nothing yet, or wrong. */
export type Verdict = { readonly batches: number } | { readonly wrong: Wrong; readonly why: string };

/** What is known of a day when it is read. */
export interface Known {
  /** Batches that the latest state had that any read before this one saw; 0 when none has seen the day. */
  readonly seen: number;
  /** Batches whose INSERT has begun: no state has more. */
  readonly begun: number;
}

/** Judges what a read saw of a day: lines as `rowsOf` writes them; an empty text when there were no rows. */
export function judge(text: string, { seen, begun }: Known): Verdict {
  if (text === '') {
    return seen === 0 ? { batches: 0 } : { wrong: 'empty', why: `no rows, after ${seen} batches were seen` };
  }
  const rows = parse(text);
  const batches = Math.max(...rows.filter(isCount).map(({ value }) => value));
  if (Number.isInteger(batches) && batches >= 1 && batches <= begun && text === textOf(batches)) {
    if (batches >= seen) return { batches };
    return { wrong: 'went back', why: `${batches} batches, after ${seen} were seen` };
  }
  return explain(rows, { batches, begun });
}

interface Row {
  /** Team and metric. */
  readonly key: string;
  readonly value: number;
}

function parse(text: string): Row[] {
  return text.split('\n').map((line) => {
    const end = line.lastIndexOf(' ');
    return { key: line.slice(0, end), value: Number(line.slice(end + 1)) };
  });
}

const isCount = ({ key }: Row): boolean => key.endsWith('_count') && !key.endsWith('_error_count');

function explain(rows: readonly Row[], { batches, begun }: { batches: number; begun: number }): Verdict {
  const keys = rows.map(({ key }) => key);
  const twice = keys.filter((key, index) => keys.indexOf(key) !== index);
  if (twice.length > 0) {
    const copies = keys.filter((key) => key === twice[0]).length;
    return { wrong: 'doubled', why: `${new Set(twice).size} of ${new Set(keys).size} keys more than once, ${copies}×` };
  }
  const known = new Set(rowsOf(Math.max(batches, ERRORS_EVERY)).map((line) => line.slice(0, line.lastIndexOf(' '))));
  const strange = keys.filter((key) => !known.has(key));
  if (strange.length > 0 || !Number.isInteger(batches) || batches > begun) {
    return {
      wrong: 'unexplained',
      why: `${batches} batches of ${begun}; unknown keys: ${strange.join(', ') || 'none'}`,
    };
  }
  const missing = rowsOf(batches).filter((line) => !keys.includes(line.slice(0, line.lastIndexOf(' '))));
  if (missing.length > 0) return { wrong: 'partial', why: `${missing.length} rows are missing: ${missing[0]} …` };
  const counts = [...new Set(rows.filter(isCount).map(({ value }) => value))].join(', ');
  return { wrong: 'torn', why: `rows of several states: counts ${counts}` };
}

/** The two states whose rows, together, a doubled day shows, the newer one first; undefined when it is none such. */
export function twoStates(text: string, begun: number): readonly [number, number] | undefined {
  const counts = [
    ...new Set(
      parse(text)
        .filter(isCount)
        .map(({ value }) => value),
    ),
  ].sort((a, b) => b - a);
  const [newer = 0, older = newer] = counts;
  if (counts.length > 2 || newer > begun || older < 1) return undefined;
  return text === [...rowsOf(newer), ...rowsOf(older)].sort().join('\n') ? [newer, older] : undefined;
}
