import { withEmbeddedDefaults } from '../../config/embedded-defaults.ts';
import type { LocalSecrets, Settings } from '../../domain/settings.ts';
import { toolSecrets } from '../../domain/tool-secrets.ts';
import { openArtifactStore } from '../../store/artifacts/open.ts';
import { loadDataKey, type DataKey } from '../../store/data-key.ts';
import type { ArtifactStore } from '../../store/artifact-store.ts';
import { openStore } from '../../store/open.ts';
import { loadSigningKey, type SigningKey } from '../../store/signing-key.ts';
import type { Store } from '../../store/store.ts';
import { createToolchain } from '../../toolchain/toolchain.ts';
import { baseEnv, toolEnv } from '../../util/exec-env.ts';
import { errorCode } from '../../util/errors.ts';
import { createLogger, type Logger } from '../../util/log.ts';
import { createRedactor, type Redactor } from '../../util/redact.ts';
import type { Io } from '../io.ts';
import { readSettings } from '../read-settings.ts';
import { keysOfNextStart } from './keys-of-next-start.ts';
import { createCleanup, type Cleanup } from './cleanup.ts';

/** What every process of Plumbline stands on. */
export interface Boot {
  role: 'up' | 'serve' | 'worker';
  configFile: string;
  /** The settings in force. A reload replaces them; what is opened at the start (store, listener) stays as it was. */
  settings: Settings;
  /** Follows the settings in force: for those who keep it. */
  secrets: LocalSecrets;
  redactor: Redactor;
  log: Logger;
  store: Store;
  artifacts: ArtifactStore;
  dataKey: DataKey;
  /** Signs decisions and heads of the audit chain; null in workers, and where `serve` has none. */
  signingKey: SigningKey | null;
  baseEnv: Record<string, string>;
  toolEnv: Record<string, string>;
  /** Undone in reverse order when the process ends. */
  cleanup: Cleanup;
}

/**
 * Reads the config and opens key, store and artifacts.
 * @throws ConfigError, `data_key_missing`, `store_unreachable` and what else the store refuses
 */
export async function bootProcess(role: Boot['role'], configFile: string, io: Io): Promise<Boot> {
  const { settings, notices } = await readSettings(configFile, io);
  return await bootWith(role, { configFile, settings, notices }, io);
}

/** The same with settings that no file holds: the demonstration's. */
export async function bootWith(
  role: Boot['role'],
  config: { configFile: string; settings: Settings; notices: string[] },
  io: Io,
): Promise<Boot> {
  const settings = settingsFor(role, config.settings);
  const redactor = createRedactor([...localSecrets(settings), ...toolSecrets(toolEnv(io.env))]);
  const log = createLogger({ level: settings.logLevel, redactor, name: `plumbline-${role}` });
  for (const notice of config.notices) log.warn({ notice }, 'About the config');
  const cleanup = createCleanup(log);
  try {
    const dataKey = await loadDataKey({
      dataDir: settings.dataDir,
      fromEnv: settings.dataKey,
      create: role === 'up',
    });
    const signingKey = await signingKeyOf(role, settings, log);
    const store = await openStore({ url: settings.storeUrl, dataDir: settings.dataDir });
    cleanup.add('store', () => store.close());
    const artifacts = openArtifactStore({ dataDir: settings.dataDir, s3: settings.s3, key: dataKey });
    const boot: Boot = {
      role,
      configFile: config.configFile,
      settings,
      secrets: {
        get urlCredentials() {
          return boot.settings.secrets.urlCredentials;
        },
        env: (name) => boot.settings.secrets.env(name),
      },
      redactor,
      log,
      store,
      artifacts,
      dataKey,
      signingKey,
      baseEnv: baseEnv(io.env),
      toolEnv: toolEnv(io.env),
      cleanup,
    };
    return boot;
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}

/**
 * Reads the config file again and takes it over; a faulty file changes nothing, and neither does a `prepare` that fails.
 * @param prepare what must be done with the new settings before they are in force
 * @throws ConfigError, and what `prepare` throws
 */
export async function reloadSettings(
  boot: Boot,
  io: Io,
  prepare: (settings: Settings) => Promise<void> = async () => undefined,
): Promise<void> {
  const { settings: read, notices } = await readSettings(boot.configFile, io);
  const settings = settingsFor(boot.role, read);
  for (const secret of localSecrets(settings)) boot.redactor.add(secret);
  await prepare(settings);
  for (const notice of notices) boot.log.warn({ notice }, 'About the config');
  const keys = keysOfNextStart(boot.settings, settings);
  if (keys.length > 0)
    boot.log.warn({ keys }, 'These settings have changed, but take effect at the next start only');
  boot.settings = settings;
}

/** Only `up` makes a key. A server without one goes on, and takes no decisions. */
async function signingKeyOf(role: Boot['role'], settings: Settings, log: Logger): Promise<SigningKey | null> {
  if (role === 'worker') return null;
  try {
    return await loadSigningKey({ dataDir: settings.dataDir, create: role === 'up' });
  } catch (error) {
    if (errorCode(error) !== 'signing_key_missing') throw error;
    log.warn(
      { err: error },
      'NO DECISIONS: this server has no key to sign them with, and refuses all of them',
    );
    return null;
  }
}

function settingsFor(role: Boot['role'], settings: Settings): Settings {
  return role === 'up' ? withEmbeddedDefaults(settings) : settings;
}

/** What must never be printed by this process. */
function localSecrets(settings: Settings): string[] {
  const urlTokens = Object.values(settings.secrets.urlCredentials).flatMap((credentials) => {
    const at = credentials.indexOf(':');
    const [user, token] = [credentials.slice(0, at), credentials.slice(at + 1)];
    // A user name without a password is a token, as several Git hosts have it.
    return [credentials, token === '' ? user : token];
  });
  const gitTokens = settings.published.repos.map(({ git }) =>
    git.type === 'https' ? settings.secrets.env(git.tokenEnv) : undefined,
  );
  const dataKeys = settings.dataKey?.split(',') ?? [];
  const own = [
    ...dataKeys,
    settings.temporal.apiKey,
    settings.s3?.secretAccessKey,
    storePassword(settings.storeUrl),
  ];
  return [...urlTokens, ...gitTokens, ...own].filter(
    (secret) => typeof secret === 'string' && secret !== '',
  ) as string[];
}

function storePassword(url: string | null): string | undefined {
  if (url === null || !URL.canParse(url)) return undefined;
  const { password } = new URL(url);
  try {
    return decodeURIComponent(password);
  } catch {
    // A lone percent sign: then it stands for itself.
    return password;
  }
}

/** The toolchain with the process's own settings: the embedded server's program comes from it. */
export function processToolchain(boot: Boot): ReturnType<typeof createToolchain> {
  return createToolchain({
    settings: boot.settings.published.toolchain,
    cacheDir: boot.settings.cacheDir,
    baseEnv: boot.baseEnv,
    redactor: boot.redactor,
  });
}
