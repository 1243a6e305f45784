import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import semver from 'semver';
import { isJsonObject } from '../../domain/json.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import type { PlanContext } from '../driver.ts';
import { stackFolders } from '../terraform/environment.ts';
import { jsonPart } from '../terraform/json-part.ts';
import { runTool, type Session } from '../terraform/session.ts';

/** The first version that has `info print` instead of `terragrunt-info`. */
const INFO_SINCE = '0.78.0';

/** What was learnt of one init. */
interface Note {
  init: string;
  download: string;
  folder: string;
}

/**
 * Where Terragrunt lets Terraform run for a unit with a source: a working copy in its download folder. Terragrunt is asked once for
 * each init, since it works out the unit's whole configuration for the answer. Null when it doesn't say.
 * @throws PlumblineError those of `runTool`
 */
export async function workingFolder(session: Session): Promise<string | null> {
  const init = await readFile(stackFolders(session.context).stamp, 'utf8').catch(() => '');
  const download = session.env['TG_DOWNLOAD_DIR'] ?? '';
  const path = notePath(session.context);
  const noted = await readNote(path);
  if (noted !== undefined && noted.init === init && noted.download === download) return noted.folder;
  const folder = await askTerragrunt(session);
  if (folder !== null) await writeFileAtomic(path, JSON.stringify({ init, download, folder } satisfies Note));
  return folder;
}

/** Where it was last; undefined when it was never asked for. */
export async function notedFolder(context: PlanContext): Promise<string | undefined> {
  return (await readNote(notePath(context)))?.folder;
}

function notePath({ dataDir }: PlanContext): string {
  return join(dataDir, 'working-folder.json');
}

async function readNote(path: string): Promise<Note | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Note;
  } catch {
    return undefined;
  }
}

async function askTerragrunt(session: Session): Promise<string | null> {
  const args = semver.gte(session.tool.version, INFO_SINCE) ? ['info', 'print'] : ['terragrunt-info'];
  const { exitCode, stdout } = await runTool(session, args, { step: 'info', data: true });
  if (exitCode !== 0) return null;
  try {
    const said: unknown = JSON.parse(jsonPart(stdout));
    const folder = isJsonObject(said) ? (said['working_dir'] ?? said['WorkingDir']) : undefined;
    // Where it could not fetch the source it names the unit's own folder.
    return typeof folder === 'string' && folder !== session.cwd ? folder : null;
  } catch {
    return null;
  }
}
