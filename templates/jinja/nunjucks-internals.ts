/**
 * The parts of nunjucks that its type declarations leave out, typed as far as we use them.
 *
 * Why they are used at all: nunjucks fixes what a name, an attribute or `+` means in its compiler and in one runtime object
 * that all environments share. Changing that object would change every other user of nunjucks in the process, so our
 * compiler and runtime are subclasses of its own, handed to it as "precompiled" templates.
 */
import nunjucks from 'nunjucks';

/** A node of a parsed template. `lineno` and `colno` begin at 0. */
export interface Node {
  readonly typename: string;
  readonly lineno: number;
  readonly colno: number;
}
export interface ValueNode extends Node {
  readonly value: unknown;
}
export interface ListNode extends Node {
  readonly children: Node[];
}
export interface LookupNode extends Node {
  readonly target: Node;
  readonly val: Node;
}
export interface CallNode extends Node {
  readonly name: Node;
  readonly args: ListNode;
}
export interface BinaryNode extends Node {
  readonly left: Node;
  readonly right: Node;
}
export interface CompareNode extends Node {
  readonly expr: Node;
  readonly ops: readonly { readonly expr: Node; readonly type: string }[];
}
export interface ConditionNode extends Node {
  cond: Node;
  readonly body: Node;
  readonly else_: Node | null;
}
export interface ForNode extends Node {
  arr: Node;
  readonly name: ValueNode | ListNode;
}
export interface SetNode extends Node {
  readonly targets: readonly ValueNode[];
  readonly value: Node | null;
  readonly body?: Node;
}
/** `{% include %}`, `{% import %}`, `{% from %}` or `{% extends %}`. */
export interface TemplateRefNode extends Node {
  readonly template: Node;
  readonly ignoreMissing?: boolean | null;
  readonly withContext?: boolean | null;
  readonly names?: ListNode;
}
export interface PairNode extends Node {
  readonly key: ValueNode;
  readonly value: ValueNode;
}
/** `left is right`, where `right` is the name of a test or a call of one. */
export interface IsNode extends Node {
  readonly left: Node;
  readonly right: Partial<CallNode> & Partial<ValueNode> & Node;
}

/** Names that are in scope while compiling, with the JavaScript variable of each. */
export interface CompileFrame {
  readonly parent?: CompileFrame | undefined;
  lookup(name: string): string | null | undefined;
  set(name: string, variable: string): void;
  push(isolateWrites?: boolean): CompileFrame;
}

export interface Compiler {
  readonly buffer: string;
  compile(node: Node, frame?: CompileFrame): void;
  getCode(): string;
  fail(message: string, lineno?: number, colno?: number): never;
  assertType(node: Node, ...types: unknown[]): void;
  _emit(code: string): void;
  _emitLine(code: string): void;
  _tmpid(): string;
  _addScopeLevel(): void;
  _makeCallback(result?: string): string;
  _getNodeName(node: Node): string;
  _compileExpression(node: Node, frame: CompileFrame): void;
  _compileAggregate(node: ListNode, frame: CompileFrame, start: string, end: string): void;
  _compileGetTemplate(node: TemplateRefNode, frame: CompileFrame, eager: boolean, ignoreMissing: boolean): string;
  _emitLoopBindings(node: ForNode, list: string, index: string, length: string): void;
  compileFor(node: ForNode, frame: CompileFrame): void;
  compileIf(node: ConditionNode, frame: CompileFrame, async?: boolean): void;
  compileInlineIf(node: ConditionNode, frame: CompileFrame): void;
  compileGroup(node: ListNode, frame: CompileFrame): void;
  compileLiteral(node: ValueNode): void;
  compileIs(node: IsNode, frame: CompileFrame): void;
}

export interface Token {
  readonly type: string;
  readonly value: string;
  readonly lineno: number;
  readonly colno: number;
}

export interface Parser {
  readonly tokens: { readonly lineno: number };
  peekToken(): Token | null;
  nextToken(): Token | null;
  skip(type: string): boolean;
  fail(message: string, lineno?: number, colno?: number): never;
  parseAsRoot(): Node;
  parseExpression(): Node;
  parseSignature(): ListNode;
  parseFilterArgs(node: Node): Node[];
  parsePostfix(node: Node): Node;
}

/** Variables of a scope while rendering. */
export interface Frame {
  variables: Record<string, unknown>;
  lookup(name: string): unknown;
}

export interface Context {
  readonly ctx: Record<string, unknown>;
  readonly env: { readonly globals: Record<string, unknown> };
}

/** A compiled template or block. */
export type RenderFunction = (
  ...args: [env: unknown, context: Context, frame: Frame, runtime: unknown, callback: RenderCallback]
) => void;
export type RenderCallback = (error: Error | null, result?: unknown) => void;

interface NodeClass<T extends Node = Node> {
  new (lineno: number, colno: number, ...fields: unknown[]): T;
  extend(name: string, members: { fields: string[] }): NodeClass;
}

interface Internals {
  readonly compiler: { readonly Compiler: new (templateName: string, throwOnUndefined: boolean) => Compiler };
  readonly parser: { readonly Parser: new (tokens: unknown) => Parser };
  readonly lexer: { lex(source: string, options: { trimBlocks: boolean }): Parser['tokens'] };
  readonly runtime: Readonly<Record<string, unknown>> & { readonly SafeString: new (text: string) => object };
  readonly nodes: Readonly<Record<'Node' | 'Literal' | 'Not' | 'FunCall' | 'LookupVal' | 'Array', NodeClass>>;
}

export const { compiler, parser, lexer, runtime, nodes } = nunjucks as unknown as Internals;
