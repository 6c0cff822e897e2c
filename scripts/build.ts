/** Makes what production runs: compiled JavaScript in `dist/`, and the workflow bundle. */
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { packageFile } from '../config/package-file.js';
import { BUNDLE } from '../worker/options.js';

rmSync(packageFile('dist'), { recursive: true, force: true });
execFileSync(
  process.execPath,
  [packageFile('node_modules', 'typescript', 'bin', 'tsc'), '-p', packageFile('tsconfig.build.json')],
  {
    stdio: 'inherit',
  },
);
const { code } = await bundleWorkflowCode({
  workflowsPath: packageFile('dist', 'workflows', 'index.js'),
  logger: new DefaultLogger('WARN'),
});
writeFileSync(BUNDLE, code);
process.stdout.write(`dist/ is built; the workflow bundle has ${Math.round(code.length / 1024)} KB\n`);
