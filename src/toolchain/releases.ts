import type { ToolchainContext } from './context.ts';
import type { HttpOptions } from './http.ts';
import type { Program, ReleaseLayout } from './program.ts';

/** Where the files of one release are. */
export interface ReleaseFiles {
  archiveUrl: string;
  archiveName: string;
  sumsUrl: string;
  signatureUrl: string | null;
}

/** The server of a program's releases: the config's, or the vendor's. */
export function releasesUrl(context: ToolchainContext, program: Program, layout: ReleaseLayout): string {
  const own = context.settings.tools[program.name]?.releasesUrl;
  return (own ?? layout.baseUrl).replace(/\/+$/, '');
}

/** The files of one version for this machine. */
export function releaseFiles(
  layout: ReleaseLayout,
  base: string,
  program: Program,
  version: string,
): ReleaseFiles {
  const fill = (template: string) =>
    template.replaceAll('{version}', version).replaceAll('{os}', goOs()).replaceAll('{arch}', goArch());
  const folder =
    layout.kind === 'hashicorp'
      ? `${base}/${program.name}/${version}`
      : `${base}/releases/download/v${version}`;
  return {
    archiveUrl: `${folder}/${fill(layout.archive)}`,
    archiveName: fill(layout.archive),
    sumsUrl: `${folder}/${fill(layout.sums)}`,
    signatureUrl: layout.signature === null ? null : `${folder}/${fill(layout.signature)}`,
  };
}

/** How this toolchain speaks HTTP. */
export function httpOf(context: ToolchainContext, signal: AbortSignal | undefined): HttpOptions {
  return { env: context.baseEnv, unreachable: context.unreachable, signal };
}

/** This machine, in Go's words. */
export function goOs(): string {
  return process.platform === 'win32' ? 'windows' : process.platform;
}

/** This machine's processor, in Go's words. */
export function goArch(): string {
  const names: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', ia32: '386' };
  return names[process.arch] ?? process.arch;
}
