import type { KubeObject } from '../../kube/object.ts';

/** An object as a stack's source wants it. */
export interface WantedObject {
  object: KubeObject;
  /** Where it stands, relative to the root; null where a program made it. */
  source: { file: string; line: number } | null;
  /** What the object itself can't say, e.g. a Helm hook. */
  hook: { phases: readonly string[]; weight: number; deletePolicies: readonly string[] } | null;
}

/** What a stack's source comes to. */
export interface Rendered {
  /** In the order of the source; secrets decrypted. */
  objects: WantedObject[];
  /** Documents that are no objects, each with where: everything else still counts. */
  problems: { file: string; line: number | null; message: string }[];
  warnings: string[];
  /** The programs that took part, with their versions: part of what an approval is bound to. */
  tools: { name: string; version: string; source: string }[];
  /** SHA-256 of each file that was read, by path. */
  sources: Record<string, string>;
  /** Values that must show up nowhere. */
  secrets: string[];
}
