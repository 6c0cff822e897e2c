import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { packageFile } from '../../config/package-file.js';

const bundles = new Map<string, Promise<string>>();

/**
 * One of our programs as a single file of JavaScript that Node runs by itself: as TypeScript, each of its processes would
 * compile hundreds of files first, which is most of what it takes to start.
 * @param main path of a TypeScript file. @returns path of the JavaScript file, beneath `node_modules`, so that it finds the packages.
 */
export function bundledMain(main: string): Promise<string> {
  const bundle = bundles.get(main) ?? make(main);
  bundles.set(main, bundle);
  return bundle;
}

async function make(main: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [main],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    // Names of classes are names of errors, which people read.
    keepNames: true,
    logLevel: 'error',
    plugins: [keepUrls],
  });
  const code = outputFiles.map(({ text }) => text).join('');
  // Named by what is in it: test processes that make the same at once take each other's for their own.
  const name = `${basename(main, '.ts')}-${createHash('sha256').update(code).digest('hex').slice(0, 16)}.mjs`;
  const path = packageFile('node_modules', '.cache', 'llma-test', name);
  if (existsSync(path)) return path;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.${process.pid}`, code);
  renameSync(`${path}.${process.pid}`, path);
  return path;
}

/** A module looks for files beside its source: each keeps the URL that it has there. */
const keepUrls: Plugin = {
  name: 'keep-urls',
  setup({ onLoad }) {
    const root = packageFile();
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      if (path.startsWith(join(root, 'node_modules'))) return undefined;
      const source = readFileSync(path, 'utf8')
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href))
        .replaceAll('import.meta.dirname', JSON.stringify(dirname(path)));
      return { contents: source, loader: 'ts' };
    });
  },
};
