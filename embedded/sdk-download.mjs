// `node sdk-download.mjs <temporal | temporal-test-server> <folder>`: has Temporal's SDK download a server's binary.
//
// The SDK downloads by starting a server, and that installs its one runtime of the process: so, a process of its own.
import { TestWorkflowEnvironment } from '@temporalio/testing';

const [binary, downloadDir] = process.argv.slice(2);
const server = { executable: { type: 'cached-download', downloadDir } };
try {
  const environment = await (binary === 'temporal'
    ? TestWorkflowEnvironment.createLocal({ server })
    : TestWorkflowEnvironment.createTimeSkipping({ server }));
  await environment.teardown();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
