import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { quietEnv, type RenderSession } from './render-session.ts';

/** Helm keeps caches, plugins and credentials in folders of its account; here they are empty ones. */
export async function helmEnv(session: RenderSession): Promise<Record<string, string>> {
  const home = join(session.context.scratchDir, 'helm');
  await mkdir(home, { recursive: true });
  return {
    ...quietEnv(session),
    HELM_CACHE_HOME: join(home, 'cache'),
    HELM_CONFIG_HOME: join(home, 'config'),
    HELM_DATA_HOME: join(home, 'data'),
  };
}
