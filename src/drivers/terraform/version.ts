import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { parseVersionConstraint } from '../../domain/version-constraint.ts';
import type { Flavour } from './flavour.ts';

const TOOL_VERSIONS = '.tool-versions';

/** Where a stack's version may be written, from the strongest to the weakest. */
export interface VersionSources {
  /** From atlantis.yaml. */
  fromSettings: string | undefined;
  /** `required_version` of the root module. */
  required: string | undefined;
}

/**
 * The version constraint of a stack in Terraform's language, or undefined for any version. In this order: atlantis.yaml,
 * the version file (`.terraform-version`, `.opentofu-version`), `.tool-versions`, `required_version`. The two kinds of
 * files are looked for in the stack's folder and upwards to the repository's root; what is no version in them is passed over.
 */
export async function stackVersion(
  workTree: string,
  stackPath: string,
  flavour: Pick<Flavour, 'versionFiles' | 'toolVersionsName'>,
  sources: VersionSources,
): Promise<string | undefined> {
  if (sources.fromSettings !== undefined) return sources.fromSettings;
  return (
    (await versionFromFiles(workTree, stackPath, flavour.versionFiles, (text) =>
      plainVersion(text.split(/\s/)[0]),
    )) ??
    (await versionFromFiles(workTree, stackPath, [TOOL_VERSIONS], (text) =>
      plainVersion(new RegExp(`^[ \\t]*${flavour.toolVersionsName}[ \\t]+(\\S+)`, 'm').exec(text)?.[1]),
    )) ??
    sources.required
  );
}

async function versionFromFiles(
  workTree: string,
  stackPath: string,
  names: readonly string[],
  read: (text: string) => string | undefined,
): Promise<string | undefined> {
  for (const folder of upwards(stackPath)) {
    for (const name of names) {
      const text = await readFile(join(workTree, folder, name), 'utf8').catch(() => undefined);
      const version = text === undefined ? undefined : read(text.trim());
      if (version !== undefined) return version;
    }
  }
  return undefined;
}

/** A stack's folder, its parents, and the root. */
export function upwards(path: string): string[] {
  const folders = [path];
  for (let at = path; at !== '.';) {
    at = posix.dirname(at);
    folders.push(at);
  }
  return folders;
}

/** Words like tfenv's `min-required` are no constraint of their own. */
function plainVersion(text: string | undefined): string | undefined {
  return text !== undefined && parseVersionConstraint(text) !== null ? text.replace(/^v/, '') : undefined;
}
