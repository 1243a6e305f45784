// Makes sure of the real programs that the tests use, before the tests: what is missing is named at once and in one
// place, and builds that take minutes show how far they are. Run by `npm test`.
import { findChromium } from './browser.ts';
import { findSshd } from './git-ssh.ts';
import { filesLeftOut, partsLeftOut } from './left-out.ts';
import { kubePrograms } from './kube-cluster.ts';
import { findPostgres } from './postgres.ts';
import { missingParts, type RealPart } from './real-parts.ts';
import { providerMirror, temporalBinary, testToolchain, type Progress } from './tools.ts';

const say: Progress = (message) => void process.stderr.write(`tests: ${message}\n`);

const program = (name: string, constraint?: string) => async (say: Progress) =>
  await testToolchain(say).resolve(name, constraint, {});

/** Everything that the tests need: what the machine must have comes first, builds that take minutes come last. */
const REAL_PARTS: readonly RealPart[] = [
  { what: 'git', get: program('git'), name: null },
  { what: 'Chromium', get: async () => findChromium(), name: 'chromium' },
  { what: 'PostgreSQL', get: findPostgres, name: 'postgresql' },
  { what: 'an SSH server', get: async () => findSshd(), name: 'openssh-server' },
  { what: 'gpg', get: program('gpg'), name: 'gnupg' },
  { what: 'zip', get: program('zip'), name: 'zip' },
  { what: 'terraform', get: program('terraform', '>= 1.8'), name: null },
  { what: 'temporal', get: temporalBinary, name: null },
  { what: 'the Terraform providers', get: providerMirror, name: null },
  { what: 'opentofu', get: program('opentofu', '1.12.6'), name: null },
  { what: 'kubectl', get: program('kubectl'), name: null },
  { what: 'the servers of Kubernetes', get: kubePrograms, name: 'kubernetes' },
  { what: 'helm', get: program('helm'), name: null },
  { what: 'jsonnet', get: program('jsonnet'), name: null },
  { what: 'sops', get: program('sops'), name: null },
  { what: 'versitygw (S3)', get: program('versitygw'), name: 'versitygw' },
];

try {
  const names = process.env['PLUMBLINE_TEST_WITHOUT'];
  const leftOut = partsLeftOut(names);
  const missing = await missingParts(REAL_PARTS, leftOut, say);
  if (missing.length > 0) {
    say(`these real parts are needed and can’t be had:\n\n${missing.join('\n\n')}\n`);
    process.exitCode = 1;
  } else if (leftOut.length > 0) {
    const files = filesLeftOut(names);
    say(
      `LEFT OUT, as there shall be no ${leftOut.join(', ')}: ${files.length} test files\n  ${files.join('\n  ')}`,
    );
  }
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
