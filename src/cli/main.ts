import { normaliseArgv } from './argv.ts';
import { exitCodeFor } from './exit-codes.ts';
import { processIo } from './io.ts';
import { createProgram } from './program.ts';
import { describeError } from './describe-error.ts';

const io = processIo();
try {
  await createProgram(io).parseAsync(normaliseArgv(process.argv.slice(2)), { from: 'user' });
} catch (error) {
  io.progressDone();
  const { text, code } = describeError(error, io.env['LOG_LEVEL'] === 'debug');
  if (text) io.note(text);
  process.exitCode = typeof code === 'number' ? code : exitCodeFor(code);
}
// All is written and undone by now. What still lives is a native side that was never used: without this it would keep
// a process that failed, or was asked to end, while it started.
process.exit();
