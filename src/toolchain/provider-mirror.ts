import { copyFile, chmod, link, mkdir, rename, rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { writeFileAtomic } from '../util/atomic-write.ts';
import { fetchText } from './http.ts';
import { isExecutable } from './installed.ts';
import { goArch, goOs } from './releases.ts';
import type { Toolchain } from './toolchain.ts';

const REGISTRY = 'https://registry.terraform.io';
/** What `tools/terraform-provider-local` builds, as its vendor numbers it. */
const LOCAL_PROVIDER = { source: 'registry.terraform.io/hashicorp/local', version: '2.9.0' };

/** Providers that Terraform finds on this machine. */
export interface ProviderMirror {
  /** For the environment variable TF_CLI_CONFIG_FILE. */
  cliConfigPath: string;
}

/** One provider of a mirror. */
export interface MirroredProvider {
  /** Host, namespace and name: `registry.terraform.io/hashicorp/local`. */
  source: string;
  version: string;
  /** Path of its program. */
  binary: string;
}

/**
 * Makes sure that the provider `hashicorp/local` can be had: by Terraform itself when the registry answers (then this gives
 * null), else from a mirror under the cache folder, built from Go modules. Safe to run again and at once.
 * @throws PlumblineError `tool_not_found` when neither works
 */
export async function ensureProviderMirror(
  toolchain: Toolchain,
  cacheDir: string,
  options: {
    env?: Readonly<Record<string, string>>;
    signal?: AbortSignal;
    onProgress?: (message: string) => void;
  } = {},
): Promise<ProviderMirror | null> {
  const http = { env: options.env ?? {}, signal: options.signal };
  const answer = await fetchText(`${REGISTRY}/.well-known/terraform.json`, http).catch((error: unknown) => {
    if (options.signal?.aborted === true) throw error;
    return null;
  });
  if (answer?.includes('providers.v1') === true) return null;
  options.onProgress?.(`${REGISTRY} can’t be reached; its provider “local” is taken from Go modules`);
  const { signal, onProgress } = options;
  const { path } = await toolchain.resolve('terraform-provider-local', undefined, {
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  return await writeProviderMirror(join(cacheDir, 'provider-mirror'), [{ ...LOCAL_PROVIDER, binary: path }]);
}

/** Where `terraform-provider-local` stands in a mirror. */
export function localProvider(binary: string): MirroredProvider {
  return { ...LOCAL_PROVIDER, binary };
}

/**
 * Lays providers out as Terraform's `filesystem_mirror`, with the CLI config that names it. All other providers still come
 * from their registries. Safe to run again and at once.
 */
export async function writeProviderMirror(
  folder: string,
  providers: readonly MirroredProvider[],
): Promise<ProviderMirror> {
  const mirror = join(folder, 'providers');
  for (const { source, version, binary } of providers) {
    const name = `terraform-provider-${source.slice(source.lastIndexOf('/') + 1)}_v${version}`;
    await place(binary, join(mirror, source, version, `${goOs()}_${goArch()}`, name));
  }
  const included = JSON.stringify(providers.map((provider) => provider.source));
  const cliConfigPath = join(folder, 'terraform.rc');
  await writeFileAtomic(
    cliConfigPath,
    `provider_installation {
  filesystem_mirror {
    path    = ${JSON.stringify(mirror)}
    include = ${included}
  }
  direct {
    exclude = ${included}
  }
}
`,
    { mode: 0o644 },
  );
  return { cliConfigPath };
}

/** A link costs no space; another file system needs a copy. Appears as a whole either way. */
async function place(binary: string, target: string): Promise<void> {
  if (await isExecutable(target)) return;
  await mkdir(dirname(target), { recursive: true });
  const temporary = `${target}.${randomUUID()}.tmp`;
  try {
    await link(binary, temporary).catch(async () => {
      await copyFile(binary, temporary);
      await chmod(temporary, 0o755);
    });
    await rename(temporary, target);
  } finally {
    await rm(temporary, { force: true });
  }
}
