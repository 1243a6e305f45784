import type { ToolchainSettings } from '../domain/settings.ts';
import type { UnreachableHosts } from './http.ts';

/** What every part of the toolchain is given. */
export interface ToolchainContext {
  settings: ToolchainSettings;
  /** Absolute; shared by all processes of this user. */
  cacheDir: string;
  /** Environment for the programs that are probed and run (go, gpg, tar), and for the proxies of downloads. */
  baseEnv: Readonly<Record<string, string>>;
  redact: (text: string) => string;
  /** Folder of the Go module recipes. */
  recipesDir: string;
  /** Servers that are left alone for a while, so that on a closed network only the first stack waits. */
  unreachable: UnreachableHosts;
}

/** What one call of the resolver brings along. */
export interface ResolveOptions {
  signal?: AbortSignal | undefined;
  onProgress: (message: string) => void;
}

/** One way of getting a program that didn't work, and why. */
export interface Miss {
  way: 'setting' | 'path' | 'cache' | 'download' | 'build';
  reason: string;
}
