import { TemplateError } from '../errors.js';
import { member, memberHint, slice } from './members.js';
import { runtime, type Context, type Frame } from './nunjucks-internals.js';
import { compareAll, contains, iterable, operate } from './operators.js';
import { plain, str, truthy } from './text.js';

/** A variable whose value is made when a template asks for it. */
export class LazyValue {
  readonly get: () => string;

  constructor(get: () => string) {
    this.get = get;
  }
}

/** Steps that all loops of one rendering may take together: a day's SQL has room for a fraction of them. */
const MAX_STEPS = 100_000;
const TOO_DEEP = 'nested too deeply: does it include itself, or a macro call itself without end?';
let steps = 0;

/** Called before each rendering, which is synchronous: the steps of its loops are counted from here on. */
export function beginRendering(): void {
  steps = 0;
}

/** Jinja2's `range`, which does not fill the memory. */
export function range(...bounds: readonly number[]): number[] {
  const [start = 0, stop = 0, step = 1] = bounds.length === 1 ? [0, ...bounds] : bounds;
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (!(length <= MAX_STEPS)) throw new Error(`range(${bounds.join(', ')}) has more than ${MAX_STEPS} numbers`);
  return Array.from({ length }, (_, index) => start + index * step);
}

type Callable = (this: unknown, ...args: unknown[]) => unknown;
interface Host {
  getFilter(name: string): Callable;
  hasTemplate(name: string): boolean;
}

/** What a compiled template of `file` calls while it renders. It differs from nunjucks' own in being Python's, and strict. */
export type Runtime = ReturnType<typeof createRuntime>;

/** @param file as people name it; errors begin with it, also those of a macro of this file that another one calls. */
export function createRuntime(file: string) {
  const fail = (line: number, reason: string): never => {
    throw new TemplateError({ file, line }, reason);
  };
  /** Runs `action`; what goes wrong in it is put down to `line`. */
  const at = <T>(line: number, what: string, action: () => T): T => {
    try {
      return action();
    } catch (error) {
      if (error instanceof TemplateError) throw error;
      if (error instanceof RangeError) return fail(line, TOO_DEEP);
      return fail(line, `${what}${(error as Error).message}`);
    }
  };
  const own = {
    named: (value: unknown, name: string, line: number) =>
      value === undefined ? fail(line, `\`${name}\` is undefined`) : value,

    lookup(context: Context, frame: Frame, [name, line]: [string, number]): unknown {
      const value = at(line, `${name}: `, () => find(context, frame, name));
      return value === undefined ? fail(line, `\`${name}\` is undefined${knownNames(context)}`) : value;
    },

    lookupOr: find,

    member(object: unknown, key: unknown, [label, line]: [string, number]): unknown {
      const value = member(object, key);
      return value === undefined ? fail(line, `\`${label}\` is undefined: ${memberHint(object, key)}`) : value;
    },

    memberOr: member,
    slice: (object: unknown, range: unknown[], line: number) => at(line, '', () => slice(object, range)),

    call(callee: unknown, [label, line]: [string, number], { context, args }: { context: Context; args: unknown[] }) {
      if (typeof callee !== 'function') return fail(line, `\`${label}\` is not a function`);
      return at(line, `${label}(): `, () => (callee as Callable).apply(context, args));
    },

    filter(env: Host, [name, line]: [string, number], { context, args }: { context: Context; args: unknown[] }) {
      return at(line, `filter ${name}: `, () => env.getFilter(name).apply(context, args.map(plain)));
    },

    text(value: unknown, line: number): string {
      if (value === undefined || value === null) return fail(line, 'there is nothing to print: the value is None');
      return typeof value === 'function' ? fail(line, 'this is a function: call it, with ()') : str(value);
    },

    operate: ([operator, line]: [string, number], a: unknown, b: unknown) =>
      at(line, '', () => operate(operator, a, b)),
    concat: (a: unknown, b: unknown) => str(a) + str(b),
    compare: (chain: unknown[], line: number) => at(line, '', () => compareAll(chain)),
    contains: (item: unknown, container: unknown, line: number) => at(line, '', () => contains(item, container)),
    iterable(value: unknown, pairs: boolean, line: number) {
      const items = at(line, '', () => iterable(value, pairs)) as unknown[];
      steps += items.length;
      return steps > MAX_STEPS
        ? fail(
            line,
            `the loops take more than ${MAX_STEPS} steps together: loop over event types, and let ClickHouse walk over data`,
          )
        : items;
    },
    unpack: (value: unknown, wanted: number, line: number) => {
      const items = at(line, '', () => iterable(value, false)) as unknown[];
      return items.length === wanted ? items : fail(line, `${wanted} names are set to ${items.length} values`);
    },
    truthy,
    and: (a: unknown, b: () => unknown) => (truthy(a) ? b() : a),
    or: (a: unknown, b: () => unknown) => (truthy(a) ? a : b()),

    /** Nunjucks would report a missing file without the line that wants it. */
    need(env: Host, [name, line]: [string, number]): void {
      const found = at(line, '', () => env.hasTemplate(name));
      if (!found) fail(line, `there is no file ${name} to include or import`);
    },

    imported(exports: Record<string, unknown>, [name, line]: [string, number], from: string): unknown {
      return Object.hasOwn(exports, name) ? exports[name] : fail(line, `${from} has no \`${name}\` to import`);
    },

    /** Jinja2 begins each iteration with empty hands: what the one before has set is gone. */
    freshIteration(frame: Frame, names: readonly string[]): void {
      const kept = names.map((name) => [name, frame.variables[name]] as const);
      frame.variables = Object.assign(Object.create(null) as Record<string, unknown>, Object.fromEntries(kept));
    },

    handleError(error: Error, line?: number): TemplateError {
      if (error instanceof TemplateError) return error;
      const reason = error instanceof RangeError ? TOO_DEEP : error.message;
      return new TemplateError({ file, line: line === undefined ? undefined : line + 1 }, reason);
    },
  };
  return Object.assign(Object.create(runtime) as object, own);
}

function find(context: Context, frame: Frame, name: string): unknown {
  let value = frame.lookup(name);
  if (value === undefined && Object.hasOwn(context.ctx, name)) value = context.ctx[name];
  if (value === undefined && Object.hasOwn(context.env.globals, name)) value = context.env.globals[name];
  return value instanceof LazyValue ? value.get() : value;
}

function knownNames(context: Context): string {
  const names = Object.keys(context.ctx).sort();
  return names.length === 0 ? '' : ` (defined here: ${names.join(', ')})`;
}
