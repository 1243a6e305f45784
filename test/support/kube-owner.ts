// Owns the cluster that the test files of a run share: starts it, says on stdout where it is, and ends it as soon as stdin
// does, which it does however the run ends. Started by kube-shared.ts.
import { startKubeCluster } from './kube-cluster.ts';

const left = new AbortController();
const ended = new Promise<void>((resolve) => {
  process.stdin.on('close', () => {
    left.abort(new Error('The run has ended.'));
    resolve();
  });
});
process.stdin.resume();

try {
  const cluster = await startKubeCluster({
    signal: left.signal,
    onProgress: (message) => process.stderr.write(`tests: ${message}\n`),
  });
  process.stdout.write(`${JSON.stringify({ facts: cluster.facts })}\n`);
  await ended;
  await cluster.stop();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stdout.write(`${JSON.stringify({ error: message })}\n`);
  process.exitCode = 1;
}
process.stdin.destroy();
