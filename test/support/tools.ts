import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import envPaths from 'env-paths';
import { runGoBuild } from '../../src/toolchain/go-build.ts';
import { findOnPath, isExecutable } from '../../src/toolchain/installed.ts';
import { localProvider, writeProviderMirror } from '../../src/toolchain/provider-mirror.ts';
import { createToolchain, type Toolchain } from '../../src/toolchain/toolchain.ts';
import { baseEnv } from '../../src/util/exec-env.ts';
import { withFileLock } from '../../src/util/file-lock.ts';
import { createRedactor } from '../../src/util/redact.ts';

const JSONFILE = { source: 'plumbline.dev/test/jsonfile', version: '1.0.0' };
const JSONFILE_SOURCES = fileURLToPath(new URL('./provider-jsonfile', import.meta.url));

/** Says what is being built; nothing when not given. */
export type Progress = (message: string) => void;

/** The cache that tests share with each other and with a second clone: what takes minutes to build is built once. */
function testCacheDir(): string {
  return process.env['PLUMBLINE_CACHE_DIR'] ?? envPaths('plumbline', { suffix: '' }).cache;
}

/** The toolchain as a user has it without any setting. */
export function testToolchain(onProgress: Progress = () => undefined): Toolchain {
  return createToolchain({
    settings: { cacheDir: null, download: true, build: true, tools: {} },
    cacheDir: testCacheDir(),
    baseEnv: baseEnv(process.env),
    redactor: createRedactor(),
    onProgress,
  });
}

/** The `temporal` program: PLUMBLINE_TEST_TEMPORAL, or what the toolchain finds or builds (minutes, once). */
export async function temporalBinary(onProgress?: Progress): Promise<string> {
  const named = process.env['PLUMBLINE_TEST_TEMPORAL'];
  if (named !== undefined) return named;
  return (await testToolchain(onProgress).resolve('temporal', undefined, {})).path;
}

/**
 * A mirror with two providers, and the Terraform CLI config that names it (for TF_CLI_CONFIG_FILE): `hashicorp/local`, and
 * `plumbline.dev/test/jsonfile` of provider-jsonfile/, whose objects are JSON files. Built once, in seconds.
 */
export async function providerMirror(
  onProgress: Progress = () => undefined,
): Promise<{ cliConfigPath: string }> {
  const local = await testToolchain(onProgress).resolve('terraform-provider-local', undefined, {});
  const jsonfile = await buildJsonfile(onProgress);
  const folder = join(testCacheDir(), 'test', `provider-mirror-${jsonfile.hash}`);
  return await writeProviderMirror(folder, [
    localProvider(local.path),
    { ...JSONFILE, binary: jsonfile.path },
  ]);
}

async function buildJsonfile(onProgress: Progress): Promise<{ path: string; hash: string }> {
  const hash = await hashOf(JSONFILE_SOURCES);
  const folder = join(testCacheDir(), 'test', 'provider-jsonfile');
  const path = join(folder, hash);
  await withFileLock(join(testCacheDir(), 'locks', 'provider-jsonfile.lock'), async () => {
    if (await isExecutable(path)) return;
    const env = baseEnv(process.env);
    const [go] = await findOnPath('go', env['PATH']);
    if (go === undefined)
      throw new Error('Go is needed to build the provider that the tests use; install it.');
    onProgress('Building the provider jsonfile');
    await mkdir(folder, { recursive: true });
    const output = join(folder, `${randomUUID()}.tmp`);
    try {
      await runGoBuild(go, JSONFILE_SOURCES, {
        target: '.',
        output,
        ldflags: '',
        label: 'jsonfile',
        env,
        onProgress,
      });
      await rename(output, path);
    } finally {
      await rm(output, { force: true });
    }
  });
  return { path, hash };
}

async function hashOf(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(folder)).toSorted())
    hash.update(name).update(await readFile(join(folder, name)));
  return hash.digest('hex').slice(0, 16);
}
