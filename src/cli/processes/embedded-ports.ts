import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { isFree } from '../../util/free-port.ts';

const Ports = z.object({ port: z.int().min(1).max(65_535), uiPort: z.int().min(1).max(65_535) });

/** Where the embedded server of a data folder listens. */
export type EmbeddedPorts = z.infer<typeof Ports>;

/**
 * The ports that the embedded server had at its last start, if both are free: a worker beside a `serve` that is started
 * again finds the server where it was, and reconnects by itself.
 * @param ip where the server listens; its Web UI is on the loopback interface
 */
export async function rememberedPorts(dataDir: string, ip: string): Promise<EmbeddedPorts | undefined> {
  const text = await readFile(fileOf(dataDir), 'utf8').catch(() => '');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const ports = Ports.safeParse(value);
  if (!ports.success) return undefined;
  return (await isFree(ports.data.port, ip)) && (await isFree(ports.data.uiPort)) ? ports.data : undefined;
}

/** Keeps the ports of a server for its next start. Safe to run again. */
export async function rememberPorts(
  dataDir: string,
  server: { address: string; uiUrl: string },
): Promise<void> {
  const ports: EmbeddedPorts = {
    port: Number(new URL(`http://${server.address}`).port),
    uiPort: Number(new URL(server.uiUrl).port),
  };
  await writeFileAtomic(fileOf(dataDir), `${JSON.stringify(ports)}\n`);
}

function fileOf(dataDir: string): string {
  return join(dataDir, 'temporal', 'ports.json');
}
