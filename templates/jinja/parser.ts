import { TemplateError } from '../errors.js';
import { unclosedTag } from './unclosed.js';
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
        if (name?.type !== 'symbol') {
          const remedy = name?.type === 'int' ? `; of a list write list[${name.value}]` : '';
          this.fail(`a name is expected after the dot${remedy}`, lineno, colno);
        }
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
  const open = unclosedTag(source);
  const unclosed = (line: number, { name, line: from }: { name: string; line: number }) =>
    new TemplateError({ file, line }, `{% ${name} %} of line ${from} is never closed; write {% end${name} %}`);
  try {
    const root = new JinjaParser(tokens).parseAsRoot();
    // Nunjucks takes it for an empty one.
    if (open?.name === 'raw') throw unclosed(open.line, open);
    return root;
  } catch (error) {
    const said = syntaxError(error, { file, line: tokens.lineno + 1 });
    const { line = 1, reason } = said;
    const isEnd = /end of file/.test(reason) ? !/comment/.test(reason) : /^\{% end\w+ %\} belongs/.test(reason);
    throw open && open.line <= line && isEnd ? unclosed(line, open) : said;
  }
}

/** An error of nunjucks' lexer, parser or compiler as ours. It knows its line sometimes; else `place` says how far it had come. */
export function syntaxError(error: unknown, place: { file: string; line: number }): TemplateError {
  if (error instanceof TemplateError) return error;
  const { message, lineno } = error as Error & { lineno?: number };
  const line = typeof lineno === 'number' && lineno > 0 ? lineno : place.line;
  return new TemplateError({ file: place.file, line }, inOurWords(message.replace(/^[a-z]+[A-Z]\w*: /, '')));
}

/** What nunjucks says too shortly, with what to do. */
function inOurWords(message: string): string {
  const tag = /^unknown block tag: (\w+)$/.exec(message)?.[1];
  if (tag?.startsWith('end') || tag === 'else' || tag === 'elif') return `{% ${tag} %} belongs to nothing that is open`;
  if (tag !== undefined)
    return `there is no tag {% ${tag} %}; see "Jinja2" in docs/adding-a-metric.md for those that are`;
  if (message === 'expected block end in set statement')
    return 'expected %} after the value of {% set %}; several values stand in brackets: write (1, 2)';
  if (message === 'expected variable end') return 'an expression is not closed, or is none: expected }}';
  if (message.startsWith('expected end of comment')) return 'a comment {# has no end #}';
  if (message === 'tag name expected') return 'expected the name of a tag after {%';
  return message;
}
