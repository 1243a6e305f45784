import type { KubeObject } from '../../kube/object.ts';
import type { IgnoreDifferences } from './stack-options.ts';

/** An object as a stack's source wants it. */
export interface WantedObject {
  object: KubeObject;
  /** Where it stands, relative to the root; null where a program made it. */
  source: { file: string; line: number } | null;
  /** What the object itself can't say, e.g. a Helm hook. */
  hook: { phases: readonly string[]; weight: number; deletePolicies: readonly string[] } | null;
  /** The wave that it is in where its annotations name none; left out: 0. */
  wave?: number;
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
  /** Rules that stand in the source itself, with those of the config. */
  ignoreDifferences?: IgnoreDifferences[];
  /** Why nothing may be pruned, for people; null and left out: nothing is in the way. */
  keepsAll?: string | null;
  /** Addresses that other stacks of the commit declare, and which; of a stack that Git no longer has. */
  claimed?: ReadonlyMap<string, string>;
}
