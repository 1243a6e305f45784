import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import semver from 'semver';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import type { ResolvedTool } from '../driver.ts';
import { stepFailure } from '../terraform/failures.ts';
import { TERRAFORM } from '../terraform/flavour.ts';
import { LOCK_FILE } from '../terraform/init.ts';
import { hasAllLocked, initInTurn } from '../terraform/plugin-cache.ts';
import { patienceMs, runTool, waitWithin, withoutPluginCache, type Session } from '../terraform/session.ts';
import { diagnosticsOfStream } from '../terraform/diagnostics.ts';
import type { SourceClosure } from '../terraform/source-closure.ts';
import { initProgress } from '../terraform/progress-lines.ts';

/** What a unit's init depends on. */
export interface UnitInit {
  stampPath: string;
  sources: Record<string, string>;
  called: ResolvedTool;
  /** Whether Terragrunt copies a module into its download folder, which outlives this plan. */
  hasSource: boolean;
  /** The folder that Terraform runs in, with its modules. */
  closure: SourceClosure;
  /** Providers that are needed beside those of `closure`; undefined when that can't be told. */
  needs: readonly string[] | undefined;
}

/**
 * Lets Terragrunt init a unit, one unit at a time where it may fill the shared plugin cache, and beside others where all that
 * its lock file names lies there already. An earlier init is used again
 * when nothing of the unit's sources or tools has changed and its working copy lies in the download folder.
 * @returns whether init ran
 * @throws PlumblineError `init_failed`, `provider_failed`, `auth_failed`, `config_invalid`, and those of `runTool`
 */
export async function initUnit(session: Session, init: UnitInit, force = false): Promise<boolean> {
  const hash = createHash('sha256')
    .update(
      canonicalJson({
        v: 1,
        sources: init.sources,
        tools: [session.tool.version, init.called.name, init.called.version],
      }),
    )
    .digest('hex');
  const stamp = await readFile(init.stampPath, 'utf8').catch(() => '');
  if (!force && init.hasSource && stamp === hash) return false;
  session.context.onProgress({ step: 'init' });
  const json = semver.gte(init.called.version, TERRAFORM.jsonInitSince) ? ['-json'] : [];
  const cache = session.env['TF_PLUGIN_CACHE_DIR'] ?? '';
  const run = async (by: Session) => {
    const args = ['init', '-input=false', '-no-color', ...json];
    const result = await runTool(by, args, { step: 'init', shown: initProgress });
    if (result.exitCode === 0) return;
    const diagnostics = diagnosticsOfStream(result.stdout, session.context.stack.path);
    throw stepFailure('init', diagnostics, session.redact, result.stderr || result.stdout);
  };
  const onWait = () =>
    session.context.onProgress({ step: 'init', line: 'Waiting for another stack to fill the plugin cache.' });
  const { closure, needs } = init;
  const lockPath = join(session.cwd, LOCK_FILE);
  await waitWithin(session, 'init', (signal) =>
    initInTurn({
      cacheDir: cache,
      wait: { signal, patienceMs: patienceMs(session), onWait },
      isFilled: async () => needs !== undefined && (await hasAllLocked(cache, lockPath, { closure, needs })),
      run: () => run(session),
      runAlone: () => run(withoutPluginCache(session)),
    }),
  );
  await writeFileAtomic(init.stampPath, hash);
  return true;
}
