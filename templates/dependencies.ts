import { type Node, type TemplateRefNode, type ValueNode } from './jinja/nunjucks-internals.js';
import { parseTemplate } from './jinja/parser.js';

const REFERENCES: ReadonlySet<string> = new Set(['Include', 'Import', 'FromImport', 'Extends']);

/** What a template's text says about others. */
export interface References {
  /** Files that it includes or imports, by name below `sql/`. */
  readonly files: readonly string[];
  /** Names that it looks up, of variables and functions. */
  readonly names: ReadonlySet<string>;
}

/** @throws TemplateError when `source` isn't a template. */
export function referencesOf(source: string, file: string): References {
  const files: string[] = [];
  const names = new Set<string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    if (!isNode(value)) return;
    if (REFERENCES.has(value.typename)) {
      const { template } = value as TemplateRefNode;
      const name = (template as ValueNode).value;
      if (template.typename === 'Literal' && typeof name === 'string') files.push(name);
    }
    if (value.typename === 'Symbol') names.add(String((value as ValueNode).value));
    Object.values(value).forEach(visit);
  };
  visit(parseTemplate(source, file));
  return { files, names };
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'lineno' in value && 'typename' in value;
}
