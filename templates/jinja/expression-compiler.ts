import {
  compiler,
  nodes,
  type BinaryNode,
  type CallNode,
  type CompareNode,
  type CompileFrame,
  type ConditionNode,
  type IsNode,
  type ListNode,
  type LookupNode,
  type Node,
  type ValueNode,
} from './nunjucks-internals.js';
import { type SliceNode } from './parser.js';

const SEE = '; see "Jinja2" in docs/adding-a-metric.md';

/** What a compiler has to know besides the template. */
export interface CompilerOptions {
  readonly filters: ReadonlySet<string>;
  readonly tests: ReadonlySet<string>;
  /** A text to print before what begins at `line` (from 1) of the template, to find it again in the result. */
  readonly mark?: ((line: number) => string) | undefined;
  /** The template itself; needed for marks. */
  readonly source?: string;
}

/** Our own kinds of nodes, which nunjucks' compiler would refuse as expressions. */
const OURS: ReadonlySet<string> = new Set(['Slice', 'Filtered', 'Iterable', 'Capture']);
const LENIENT_TESTS: ReadonlySet<unknown> = new Set(['defined', 'undefined']);
const LENIENT_FILTERS: ReadonlySet<unknown> = new Set(['default', 'd']);

export const lineOf = (node: Node): number => node.lineno + 1;
/** `text` as a literal of JavaScript. */
export const literal = (text: string): string => JSON.stringify(text);

/**
 * Nunjucks' compiler with what Jinja2 and Python mean instead of what JavaScript does, every lookup checked, and its line
 * kept. The generated code calls the functions of runtime.ts.
 */
export class ExpressionCompiler extends compiler.Compiler {
  options!: CompilerOptions;

  override assertType(node: Node, ...types: unknown[]): void {
    if (!OURS.has(node.typename)) super.assertType(node, ...types);
  }

  compileSymbol(node: ValueNode, frame: CompileFrame): void {
    const name = literal(String(node.value));
    const variable = frame.lookup(String(node.value));
    if (variable) this._emit(`runtime.named(${variable}, ${name}, ${lineOf(node)})`);
    else this._emit(`runtime.lookup(context, frame, [${name}, ${lineOf(node)}])`);
  }

  compileLookupVal(node: LookupNode, frame: CompileFrame): void {
    if (node.val.typename === 'Slice') {
      this.emitCall('slice', [node.target, node.val], { frame, line: lineOf(node) });
      return;
    }
    const label = `[${literal(this._getNodeName(node))}, ${lineOf(node)}]`;
    this.emitCall('member', [node.target, node.val], { frame, line: label });
  }

  compileSlice(node: SliceNode, frame: CompileFrame): void {
    this._emit('[');
    for (const part of node.parts) {
      if (part) this._compileExpression(part, frame);
      else this._emit('null');
      this._emit(',');
    }
    this._emit(']');
  }

  override _getNodeName(node: Node): string {
    if (node.typename === 'Symbol' || node.typename === 'Literal') return String((node as ValueNode).value);
    if (node.typename !== 'LookupVal')
      return node.typename === 'FunCall' ? `${this._getNodeName((node as CallNode).name)}()` : '…';
    const { target, val } = node as LookupNode;
    return `${this._getNodeName(target)}.${this._getNodeName(val)}`;
  }

  compileFunCall(node: CallNode, frame: CompileFrame): void {
    this._emit('runtime.call(');
    this._compileExpression(node.name, frame);
    this._emit(`, [${literal(this._getNodeName(node.name))}, ${lineOf(node)}], {context, args: `);
    this._compileAggregate(node.args, frame, '[', ']');
    this._emit('})');
  }

  compileFilter(node: CallNode, frame: CompileFrame): void {
    const name = String((node.name as ValueNode).value);
    if (!this.options.filters.has(name)) this.fail(`there is no filter \`${name}\`${SEE}`, node.lineno, node.colno);
    const [first, ...rest] = node.args.children;
    this._emit(`runtime.filter(env, [${literal(name)}, ${lineOf(node)}], {context, args: [`);
    if (first) this.compileLenient(first, { frame, lenient: LENIENT_FILTERS.has(name) });
    for (const argument of rest) {
      this._emit(', ');
      this.compile(argument, frame);
    }
    this._emit(']})');
  }

  override compileIs(node: IsNode, frame: CompileFrame): void {
    const { left, right } = node;
    const test = String(((right.name as ValueNode | undefined) ?? right).value);
    if (!this.options.tests.has(test)) this.fail(`there is no test \`${test}\`${SEE}`, node.lineno, node.colno);
    this._emit(`(env.getTest(${literal(test)}).call(context, `);
    this.compileLenient(left, { frame, lenient: LENIENT_TESTS.has(test) });
    if (right.args) {
      this._emit(', ');
      this._compileAggregate(right.args, frame, '', '');
    }
    this._emit(') === true)');
  }

  /** An operand that may be undefined, such as that of `is defined`. */
  private compileLenient(node: Node, { frame, lenient }: { frame: CompileFrame; lenient: boolean }): void {
    const name = (node as ValueNode).value;
    if (lenient && node.typename === 'Symbol') {
      this._emit(frame.lookup(String(name)) ?? `runtime.lookupOr(context, frame, ${literal(String(name))})`);
    } else if (lenient && node.typename === 'LookupVal' && (node as LookupNode).val.typename !== 'Slice') {
      this.emitCall('memberOr', [(node as LookupNode).target, (node as LookupNode).val], { frame });
    } else this.compile(node, frame);
  }

  protected emitCall(
    name: string,
    args: readonly Node[],
    { frame, line }: { frame: CompileFrame; line?: number | string },
  ): void {
    this._emit(`runtime.${name}(`);
    args.forEach((arg, index) => {
      if (index > 0) this._emit(', ');
      this._compileExpression(arg, frame);
    });
    this._emit(line === undefined ? ')' : `, ${line})`);
  }

  compileAdd = this.binary('+');
  compileSub = this.binary('-');
  compileMul = this.binary('*');
  compileDiv = this.binary('/');
  compileFloorDiv = this.binary('//');
  compileMod = this.binary('%');
  compilePow = this.binary('**');

  private binary(operator: string) {
    return (node: BinaryNode, frame: CompileFrame): void => {
      this._emit(`runtime.operate([${literal(operator)}, ${lineOf(node)}], `);
      this._compileExpression(node.left, frame);
      this._emit(', ');
      this._compileExpression(node.right, frame);
      this._emit(')');
    };
  }

  compileNeg(node: { target: Node } & Node, frame: CompileFrame): void {
    this._emit(`runtime.operate(['-', ${lineOf(node)}], 0, `);
    this._compileExpression(node.target, frame);
    this._emit(')');
  }

  compilePos(node: { target: Node } & Node, frame: CompileFrame): void {
    this.compile(node.target, frame);
  }

  compileConcat(node: BinaryNode, frame: CompileFrame): void {
    this.emitCall('concat', [node.left, node.right], { frame });
  }

  compileAnd(node: BinaryNode, frame: CompileFrame): void {
    this.emitShortCircuit('and', node, frame);
  }

  compileOr(node: BinaryNode, frame: CompileFrame): void {
    this.emitShortCircuit('or', node, frame);
  }

  private emitShortCircuit(name: 'and' | 'or', node: BinaryNode, frame: CompileFrame): void {
    this._emit(`runtime.${name}(`);
    this._compileExpression(node.left, frame);
    this._emit(', () => ');
    this._compileExpression(node.right, frame);
    this._emit(')');
  }

  compileNot(node: { target: Node } & Node, frame: CompileFrame): void {
    this._emit('!');
    this.emitCall('truthy', [node.target], { frame });
  }

  compileIn(node: BinaryNode, frame: CompileFrame): void {
    this.emitCall('contains', [node.left, node.right], { frame, line: lineOf(node) });
  }

  compileCompare(node: CompareNode, frame: CompileFrame): void {
    this._emit('runtime.compare([');
    this._compileExpression(node.expr, frame);
    for (const { type, expr } of node.ops) {
      this._emit(`, ${literal(type)}, `);
      this._compileExpression(expr, frame);
    }
    this._emit(`], ${lineOf(node)})`);
  }

  override compileInlineIf(node: ConditionNode, frame: CompileFrame): void {
    node.cond = truth(node.cond);
    super.compileInlineIf(node, frame);
  }

  /** `(a, b)` is a tuple in Jinja2; nunjucks would make JavaScript's comma operator of it, which is `b`. */
  override compileGroup(node: ListNode, frame: CompileFrame): void {
    if (node.children.length === 1) super.compileGroup(node, frame);
    else this._compileAggregate(node, frame, '[', ']');
  }
}

/** `node` by Python's idea of truth: our compileNot, twice. */
export function truth(node: Node): Node {
  const { lineno, colno } = node;
  return new nodes.Not(lineno, colno, new nodes.Not(lineno, colno, node));
}
