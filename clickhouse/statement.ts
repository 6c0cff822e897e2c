import { readFileSync } from 'node:fs';
import { packageFile } from '../config/package-file.js';

const cache = new Map<string, string>();

/**
 * A statement of `sql/`, with every `{{ name }}` replaced by `names[name]`: identifiers and relations of ours, never values,
 * which are bound as `{name:Type}`.
 * @throws Error for a name that isn't given: a bug of ours.
 */
export function loadStatement(file: string, names: Readonly<Record<string, string>>): string {
  const text = cache.get(file) ?? readFileSync(packageFile('sql', file), 'utf8');
  cache.set(file, text);
  return fillIn(text, names, file);
}

/** Replaces every `{{ name }}` of `text`. */
export function fillIn(text: string, names: Readonly<Record<string, string>>, file = 'statement'): string {
  return text.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => {
    const value = names[name];
    if (value === undefined) throw new Error(`${file}: nothing is given for {{ ${name} }}`);
    return value;
  });
}
