#!/usr/bin/env node
// A source checkout runs its TypeScript, an installation what was compiled of it: in this process, so that signals reach it.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** tsx, when this is a source checkout whose tools are installed. */
async function tsx() {
  if (!existsSync(fileURLToPath(new URL('../scripts/llma.ts', import.meta.url)))) return undefined;
  try {
    return await import('tsx/esm/api');
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    return undefined;
  }
}

async function load() {
  const api = await tsx();
  if (api) {
    api.register();
    return await import('../scripts/llma.ts');
  }
  if (existsSync(fileURLToPath(new URL('../dist/scripts/llma.js', import.meta.url)))) {
    return await import('../dist/scripts/llma.js');
  }
  process.stderr.write(
    'error: llma is neither installed nor built here: run "npm ci", and in production "npm run build"\n',
  );
  process.exit(2);
}

const { main } = await load();
process.exitCode = await main(process.argv.slice(2));
// Should something still hold the process, it ends all the same; what is written has left by then.
setTimeout(() => process.exit(), 1000).unref();
