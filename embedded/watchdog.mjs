// Runs a server that would outlive us: `node watchdog.mjs <grace ms> <nice> <command> <arguments>`.
//
// Our stdin is a pipe whose other end our parent holds. When it closes, because the parent is done with the server,
// ended, or was killed with -9, the server gets SIGTERM, and SIGKILL when it is still there after the grace.
// A pipe needs no polling, and no process id that could have gone to somebody else meanwhile.
// The server's process id is told on file descriptor 3.
import { spawn } from 'node:child_process';
import { closeSync, writeFileSync, writeSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

const [grace, nice, command, ...args] = process.argv.slice(2);
// The server inherits it, with all of its threads.
if (Number(nice) > 0) {
  // Whoever started us may have asked for more, which only a superuser can take back.
  if (getPriority() < Number(nice)) setPriority(Number(nice));
  try {
    // Where Linux divides processors among sessions first, the session needs it too: we lead one of our own.
    writeFileSync('/proc/self/autogroup', nice);
  } catch {
    // There is none, or it may not be told now: the nice value has to do.
  }
}
const server = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });

server.once('error', (error) => {
  console.error(error.message);
  process.exit(127);
});
server.once('exit', (code, signal) => process.exit(code ?? (signal === 'SIGKILL' ? 137 : 143)));
if (server.pid !== undefined) writeSync(3, `${server.pid}\n`);
closeSync(3);

let ending = false;
function end() {
  if (ending) return;
  ending = true;
  server.kill('SIGTERM');
  setTimeout(() => server.kill('SIGKILL'), Number(grace));
}
process.stdin.on('end', end).on('error', end).resume();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, end);
