import { readFile } from 'node:fs/promises';

/** Ways to keys that lead through a program, a browser, or the environment of whoever asks, which here is not the tool. */
const NOT_FOLLOWED = ['credential_process', 'credential_source', 'sso_session', 'sso_start_url'];

const SECTION = /^\s*\[\s*(?:profile\s+)?"?([^\]"]+?)"?\s*\]/;
const SETTING = /^\s*([a-z_]+)\s*=\s*(.*?)\s*$/i;

/**
 * Makes sure that a profile of AWS's shared files, and those that it builds on, hold their keys themselves.
 * @throws Error that names the setting that leads elsewhere
 */
export async function requireOwnKeys(files: readonly string[], profile: string): Promise<void> {
  const profiles = new Map<string, Map<string, string>>();
  for (const file of files) addProfiles(profiles, await readFile(file, 'utf8').catch(() => ''));
  const seen = new Set<string>();
  for (let name: string | undefined = profile; name !== undefined && !seen.has(name);) {
    seen.add(name);
    const settings = profiles.get(name);
    const foreign = NOT_FOLLOWED.find((setting) => settings?.has(setting));
    if (foreign !== undefined) throw new Error(`${foreign} of the profile ${name} is not followed.`);
    name = settings?.get('source_profile');
  }
}

function addProfiles(profiles: Map<string, Map<string, string>>, text: string): void {
  let settings = new Map<string, string>();
  for (const line of text.split('\n')) {
    const section = SECTION.exec(line)?.[1];
    const [, name, value] = SETTING.exec(line) ?? [];
    if (section !== undefined) {
      settings = profiles.get(section) ?? new Map<string, string>();
      profiles.set(section, settings);
    } else if (name !== undefined && value !== undefined) settings.set(name.toLowerCase(), value);
  }
}
