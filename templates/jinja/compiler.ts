import { ExpressionCompiler, lineOf, literal, truth } from './expression-compiler.js';
import {
  nodes,
  type CompileFrame,
  type ConditionNode,
  type ForNode,
  type ListNode,
  type Node,
  type PairNode,
  type SetNode,
  type TemplateRefNode,
  type ValueNode,
} from './nunjucks-internals.js';

/** The list of a `{% for %}`, checked before the loop begins. */
interface IterableNode extends Node {
  readonly list: Node;
  readonly pairs: boolean;
}
const Iterable = nodes.Node.extend('Iterable', { fields: ['list', 'pairs'] });

/** `{% for … in list if cond %}`, which nunjucks reads as an inline `if` without `else`. */
interface FilteredNode extends Node {
  readonly list: Node;
  readonly cond: Node;
  readonly names: readonly string[];
}
const Filtered = nodes.Node.extend('Filtered', { fields: ['list', 'cond', 'names'] });

/** The statements: scopes as Jinja2 has them, and templates that can be found without rendering. */
export class StrictCompiler extends ExpressionCompiler {
  compileOutput(node: ListNode, frame: CompileFrame): void {
    for (const child of node.children) {
      const { mark } = this.options;
      if (child.typename === 'TemplateData') {
        this._emitLine(`${this.buffer} += ${literal(this.marked(child as ValueNode))};`);
        continue;
      }
      const prefix = mark === undefined ? '' : `${literal(mark(lineOf(node)))} + `;
      this._emit(`${this.buffer} += ${prefix}runtime.text(`);
      this.compile(child, frame);
      this._emitLine(`, ${lineOf(node)});`);
    }
  }

  /** Plain text of the template, with a mark before each of its lines when there are marks. */
  private marked(node: ValueNode): string {
    const { mark, source } = this.options;
    const text = String(node.value);
    if (mark === undefined || source === undefined) return text;
    // White space control may have dropped lines from the beginning of the text.
    const from = offsetOf(source, node);
    const dropped = source.startsWith(text, from) ? '' : (/^\s*/.exec(source.slice(from))?.[0] ?? '');
    const first = lineOf(node) + dropped.split('\n').length - 1;
    return text
      .split('\n')
      .map((line, index) => mark(first + index) + line)
      .join('\n');
  }

  override compileIf(node: ConditionNode, frame: CompileFrame, async?: boolean): void {
    if (async) this.fail('ifAsync is not for SQL', node.lineno, node.colno);
    node.cond = truth(node.cond);
    super.compileIf(node, frame);
  }

  override compileFor(node: ForNode, frame: CompileFrame): void {
    const names = namesOf(node);
    const { lineno, colno } = node;
    for (const child of childrenOf(node.name)) {
      // Nunjucks names the variables of a pair by what their nodes look like as text.
      Object.assign(child, { toString: () => String(child.value) });
    }
    const { arr } = node;
    const condition = arr.typename === 'InlineIf' ? (arr as ConditionNode) : undefined;
    const isFilter = condition !== undefined && condition.else_ === null;
    const list = new Iterable(lineno, colno, isFilter ? condition.body : arr, names.length > 1);
    node.arr = isFilter ? new Filtered(lineno, colno, list, condition.cond, names) : list;
    super.compileFor(node, frame);
  }

  compileIterable(node: IterableNode, frame: CompileFrame): void {
    this._emit('runtime.iterable(');
    this._compileExpression(node.list, frame);
    this._emit(`, ${node.pairs}, ${lineOf(node)})`);
  }

  compileFiltered(node: FilteredNode, frame: CompileFrame): void {
    const item = this._tmpid();
    const inner = frame.push();
    this.compile(node.list, frame);
    this._emit(`.filter((${item}) => {`);
    node.names.forEach((name, index) => {
      const variable = this._tmpid();
      this._emit(`const ${variable} = ${item}${node.names.length > 1 ? `[${index}]` : ''};`);
      inner.set(name, variable);
    });
    this._emit('return runtime.truthy(');
    this._compileExpression(node.cond, inner);
    this._emit(');})');
  }

  override _emitLoopBindings(node: ForNode, ...rest: [string, string, string]): void {
    this._emitLine(`runtime.freshIteration(frame, ${JSON.stringify(namesOf(node))});`);
    super._emitLoopBindings(node, ...rest);
  }

  compileSet(node: SetNode, frame: CompileFrame): void {
    const names = node.targets.map((target) => {
      if (target.typename !== 'Symbol') this.fail('{% set %} wants a name before =', target.lineno, target.colno);
      return String(target.value);
    });
    const value = this._tmpid();
    this._emit(`var ${value} = `);
    if (node.value) this._compileExpression(node.value, frame);
    else if (node.body) this.compile(node.body, frame);
    this._emitLine(';');
    if (names.length > 1) this._emitLine(`${value} = runtime.unpack(${value}, ${names.length}, ${lineOf(node)});`);
    names.forEach((name, index) => this.emitAssignment(frame, name, names.length > 1 ? `${value}[${index}]` : value));
  }

  /** Sets `name` in the scope at hand: what a loop sets stays in the loop, as in Jinja2. */
  private emitAssignment(frame: CompileFrame, name: string, value: string): void {
    const variable = frame.lookup(name);
    if (variable) this._emitLine(`${variable} = ${value};`);
    const quoted = literal(name);
    this._emitLine(`frame.set(${quoted}, ${value});`);
    this._emitLine(`if (frame.topLevel) { context.setVariable(${quoted}, ${value}); context.addExport(${quoted}); }`);
  }

  /** A name that is only known while rendering would be missing from the template's hash. */
  override _compileGetTemplate(node: TemplateRefNode, frame: CompileFrame, ...rest: [boolean, boolean]): string {
    const { template, lineno, colno } = node;
    const name = (template as ValueNode).value;
    if (template.typename !== 'Literal' || typeof name !== 'string') {
      this.fail(
        'include and import want the file’s name in quotes, so that it is known before rendering',
        lineno,
        colno,
      );
    }
    if (!rest[1]) this._emitLine(`runtime.need(env, [${literal(name)}, ${lineOf(node)}]);`);
    this._emitLine(`lineno = ${lineno};`);
    return super._compileGetTemplate(node, frame, ...rest);
  }

  compileFromImport(node: TemplateRefNode, frame: CompileFrame): void {
    const exported = this._compileGetTemplate(node, frame, false, false);
    this._addScopeLevel();
    const context = node.withContext ? 'context.getVariables(), frame, ' : '';
    this._emitLine(`${exported}.getExported(${context}${this._makeCallback(exported)}`);
    this._addScopeLevel();
    for (const child of node.names?.children ?? []) {
      const { key, value } = child.typename === 'Pair' ? (child as PairNode) : { key: child, value: child };
      const name = literal(String((key as ValueNode).value));
      const alias = String((value as ValueNode).value);
      const id = this._tmpid();
      const from = literal(String((node.template as ValueNode).value));
      this._emitLine(`var ${id} = runtime.imported(${exported}, [${name}, ${lineOf(child)}], ${from});`);
      frame.set(alias, id);
      if (frame.parent) this._emitLine(`frame.set(${literal(alias)}, ${id});`);
      else this._emitLine(`context.setVariable(${literal(alias)}, ${id});`);
    }
  }

  compileAsyncEach(node: Node): void {
    this.fail('asyncEach is not for SQL', node.lineno, node.colno);
  }

  compileAsyncAll(node: Node): void {
    this.fail('asyncAll is not for SQL', node.lineno, node.colno);
  }
}

function childrenOf(name: ForNode['name']): readonly ValueNode[] {
  return name.typename === 'Array' ? ((name as ListNode).children as ValueNode[]) : [name as ValueNode];
}

function namesOf(node: ForNode): readonly string[] {
  return childrenOf(node.name).map((child) => String(child.value));
}

/** Where `node` begins in `source`. */
function offsetOf(source: string, { lineno, colno }: Node): number {
  let offset = 0;
  for (let line = 0; line < lineno; line += 1) offset = source.indexOf('\n', offset) + 1;
  return offset + colno;
}
