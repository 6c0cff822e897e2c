import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { packageFile } from '../../config/package-file.js';

/**
 * Our workflows, bundled once for all test files: bundling takes seconds of a processor.
 * @returns where the bundle is.
 */
export async function workflowBundle(): Promise<{ codePath: string }> {
  const directory = packageFile('node_modules', '.cache', 'llma-test');
  const codePath = join(directory, `workflows-${sourcesHash()}.js`);
  if (!existsSync(codePath)) {
    const code = await bundle(packageFile('workflows', 'index.ts'));
    mkdirSync(directory, { recursive: true });
    writeFileSync(`${codePath}.${process.pid}`, code);
    renameSync(`${codePath}.${process.pid}`, codePath);
  }
  return { codePath };
}

export async function bundle(workflowsPath: string): Promise<string> {
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  return code;
}

/** Over everything that gets into the bundle, and the tools that make it. */
function sourcesHash(): string {
  const hash = createHash('sha256').update(readFileSync(packageFile('package-lock.json')));
  for (const folder of ['workflows', 'config']) {
    const files = readdirSync(packageFile(folder), { recursive: true, encoding: 'utf8' }).sort();
    for (const file of files.filter((name) => name.endsWith('.ts'))) {
      hash.update(file).update(readFileSync(packageFile(folder, file)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}
