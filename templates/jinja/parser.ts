import { TemplateError } from '../errors.js';
import { lexer, nodes, parser, type Node } from './nunjucks-internals.js';

/** `object[start:stop:step]`; what is left out is null. */
export interface SliceNode extends Node {
  readonly parts: readonly (Node | null)[];
}

const Slice = nodes.Node.extend('Slice', { fields: ['parts'] });

/** Nunjucks' parser with Python's slices, and without its habit of dropping what follows a filter's arguments. */
class JinjaParser extends parser.Parser {
  override parsePostfix(node: Node): Node {
    for (let token = this.peekToken(); token !== null; token = this.peekToken()) {
      const { lineno, colno } = token;
      if (token.type === 'left-paren') {
        node = new nodes.FunCall(lineno, colno, node, this.parseSignature());
      } else if (token.type === 'left-bracket') {
        this.nextToken();
        node = new nodes.LookupVal(lineno, colno, node, this.parseIndex(lineno, colno));
      } else if (token.type === 'operator' && token.value === '.') {
        this.nextToken();
        const name = this.nextToken();
        if (name?.type !== 'symbol') this.fail('a name is expected after the dot', lineno, colno);
        node = new nodes.LookupVal(lineno, colno, node, new nodes.Literal(lineno, colno, name?.value));
      } else break;
    }
    return node;
  }

  /** What stands between `[` and `]`. */
  private parseIndex(lineno: number, colno: number): Node {
    const parts: (Node | null)[] = [null];
    while (!this.skip('right-bracket')) {
      if (this.peekToken() === null) this.fail('expected ], got end of file', lineno, colno);
      if (this.skip('colon')) parts.push(null);
      else if (parts.at(-1) === null) parts[parts.length - 1] = this.parseExpression();
      else this.fail('expected ] after the index', lineno, colno);
    }
    const [only] = parts;
    if (parts.length === 1 && only) return only;
    if (parts.length === 1 || parts.length > 3) this.fail('expected an index, or start:stop:step', lineno, colno);
    return new Slice(lineno, colno, parts);
  }

  override parseFilterArgs(): Node[] {
    return this.peekToken()?.type === 'left-paren' ? this.parseSignature().children : [];
  }
}

/** @throws TemplateError with file and line when `source` isn't a template. */
export function parseTemplate(source: string, file: string): Node {
  // trimBlocks stays off, as in the original: after a tag in an SQL comment it would pull the next line into the comment.
  const tokens = lexer.lex(source, { trimBlocks: false });
  try {
    return new JinjaParser(tokens).parseAsRoot();
  } catch (error) {
    throw syntaxError(error, { file, line: tokens.lineno + 1 });
  }
}

/** An error of nunjucks' lexer, parser or compiler as ours. It knows its line sometimes; else `place` says how far it had come. */
export function syntaxError(error: unknown, place: { file: string; line: number }): TemplateError {
  if (error instanceof TemplateError) return error;
  const { message, lineno } = error as Error & { lineno?: number };
  const line = typeof lineno === 'number' && lineno > 0 ? lineno : place.line;
  return new TemplateError({ file: place.file, line }, message.replace(/^[a-z]+[A-Z]\w*: /, ''));
}
