// Makes sure of the real programs that the tests use, before the tests: what is missing is named at once and in one
// place, and builds that take minutes show how far they are. Run by `npm test`.
import { providerMirror, temporalBinary, testToolchain, type Progress } from './tools.ts';

const say: Progress = (message) => void process.stderr.write(`tests: ${message}\n`);

const steps: { what: string; get: () => Promise<unknown> }[] = [
  { what: 'git', get: () => testToolchain(say).resolve('git', undefined, {}) },
  { what: 'gpg', get: () => testToolchain(say).resolve('gpg', undefined, {}) },
  { what: 'zip', get: () => testToolchain(say).resolve('zip', undefined, {}) },
  { what: 'terraform', get: () => testToolchain(say).resolve('terraform', '>= 1.8', {}) },
  { what: 'temporal', get: () => temporalBinary(say) },
  { what: 'the Terraform providers', get: () => providerMirror(say) },
  { what: 'opentofu', get: () => testToolchain(say).resolve('opentofu', '1.12.6', {}) },
  { what: 'versitygw (S3)', get: () => testToolchain(say).resolve('versitygw', undefined, {}) },
];

const missing: string[] = [];
for (const step of steps) {
  try {
    await step.get();
  } catch (error) {
    missing.push(`${step.what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
if (missing.length > 0) {
  process.stderr.write(`tests: these programs are needed and can’t be had:\n\n${missing.join('\n\n')}\n`);
  process.exitCode = 1;
}
