import { createHash } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { isJsonObject } from '../../domain/json.ts';
import { OVERRIDE_FILE } from './absent-workspace.ts';

/** What only the binary plan tells. */
export interface PlanFileFacts {
  /** The lineage of the state that was planned against; empty when there is no state yet. */
  lineage: string;
  /** The serial number of that state; 0 when there is none yet. */
  serial: number;
  /** SHA-256 (hex) of each configuration file that Terraform read, modules from registries included. */
  config: Record<string, string>;
}

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const MAX_STATE_BYTES = 256 * 1024 * 1024;

/** What only says where things lie, or was put there by a plan for a workspace that isn't there yet. */
const NOT_CONFIG = new Set(['tfconfig/modules.json', `tfconfig/m-/${OVERRIDE_FILE}`]);

const CONFIG_FILE = /^tfconfig\/m-([^/]*)\/(.+)$/;

interface ZipEntry {
  name: string;
  method: number;
  compressedBytes: number;
  offset: number;
}

/**
 * Reads a binary plan, which is a ZIP archive of the plan, the states before and after refresh, and the configuration.
 * This gives the state's lineage without another program and without touching the state. An archive that can't be read
 * gives empty facts.
 */
export function readPlanFile(archive: Buffer): PlanFileFacts {
  const entries = zipEntries(archive);
  const state = entries.find((entry) => entry.name === 'tfstate');
  const config = entries.filter((entry) => entry.name.startsWith('tfconfig/') && !NOT_CONFIG.has(entry.name));
  return {
    ...(state === undefined ? NO_STATE : versionOf(archive, state)),
    config: Object.fromEntries(
      config
        .map((entry) => [entry.name, hashOf(archive, entry)] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
  };
}

function hashOf(archive: Buffer, entry: ZipEntry): string {
  try {
    return createHash('sha256').update(contentOf(archive, entry)).digest('hex');
  } catch {
    return `unreadable:${entry.compressedBytes}`;
  }
}

const NO_STATE = { lineage: '', serial: 0 };

function versionOf(archive: Buffer, entry: ZipEntry): { lineage: string; serial: number } {
  try {
    const plain = contentOf(archive, entry);
    const state: unknown = JSON.parse(plain.toString('utf8'));
    // A state that was never written gets a new lineage each time it is looked at.
    if (!isJsonObject(state) || typeof state['lineage'] !== 'string' || !(Number(state['serial']) > 0))
      return NO_STATE;
    return { lineage: state['lineage'], serial: Number(state['serial']) };
  } catch {
    return NO_STATE;
  }
}

/** The content of every file in a binary plan; undefined when the archive can't be read. */
export function readPlanEntries(archive: Buffer): { name: string; content: Buffer }[] | undefined {
  try {
    return zipEntries(archive).map((entry) => ({ name: entry.name, content: contentOf(archive, entry) }));
  } catch {
    return undefined;
  }
}

/**
 * The configuration files that Terraform read, each with the module that it belongs to (`a.b` for the module `b` that `a`
 * calls, the root is empty); none when the archive can't be read.
 */
export function readConfigFiles(archive: Buffer): { module: string; name: string; text: string }[] {
  try {
    return zipEntries(archive).flatMap((entry) => {
      const [, module, name] = CONFIG_FILE.exec(entry.name) ?? [];
      if (module === undefined || name === undefined) return [];
      return [{ module, name, text: contentOf(archive, entry).toString('utf8') }];
    });
  } catch {
    return [];
  }
}

function contentOf(archive: Buffer, entry: ZipEntry): Buffer {
  // The local header's own lengths may differ from the directory's.
  const start =
    entry.offset + 30 + archive.readUInt16LE(entry.offset + 26) + archive.readUInt16LE(entry.offset + 28);
  const data = archive.subarray(start, start + entry.compressedBytes);
  return entry.method === 0 ? data : inflateRawSync(data, { maxOutputLength: MAX_STATE_BYTES });
}

function zipEntries(archive: Buffer): ZipEntry[] {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || end + 22 > archive.length || archive.readUInt32LE(end) !== END_SIGNATURE) return [];
  const entries: ZipEntry[] = [];
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    if (at + 46 > archive.length || archive.readUInt32LE(at) !== ENTRY_SIGNATURE) break;
    const nameLength = archive.readUInt16LE(at + 28);
    entries.push({
      name: archive.toString('utf8', at + 46, at + 46 + nameLength),
      method: archive.readUInt16LE(at + 10),
      compressedBytes: archive.readUInt32LE(at + 20),
      offset: archive.readUInt32LE(at + 42),
    });
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return entries;
}
