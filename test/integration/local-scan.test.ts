import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { scanLocal } from '../../src/local/scan-local.ts';

/** A tool of ours in Terraform's place: its plan never ends, and it notes its own ID. */
const HANGING = `#!/bin/sh
case "$1" in
version) echo '{"terraform_version": "1.9.0"}' ;;
plan) echo "$$" >>"$NOTES"; trap '' INT TERM; while :; do sleep 1; done ;;
esac
`;

describe('a scan of a local folder', () => {
  let dir: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'plumbline-local-'));
    for (const name of ['live', 'examples']) {
      await mkdir(join(dir, 'tree', name), { recursive: true });
      await writeFile(join(dir, 'tree', name, 'main.tf'), 'terraform {\n  backend "local" {}\n}\n');
    }
    await writeFile(join(dir, 'terraform'), HANGING);
    await chmod(join(dir, 'terraform'), 0o755);
  });

  afterEach(async () => {
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  });

  it('ends all tools before it comes back when it is interrupted, and looks only where the config says', async () => {
    const configFile = join(dir, 'config.yaml');
    await writeFile(
      configFile,
      stringify({
        discovery: { exclude: ['examples'] },
        scan: { grace: '1s', env: { NOTES: join(dir, 'notes') } },
        toolchain: { terraform: { path: join(dir, 'terraform') } },
        // Only servers need this variable.
        temporal: { address: 'host:7233', api_key_env: 'NOT_SET_HERE' },
      }),
    );
    const stop = new AbortController();
    const env = { ...process.env, PLUMBLINE_CACHE_DIR: join(dir, 'cache') };
    const options = { dir: join(dir, 'tree'), stack: undefined, configFile, env, signal: stop.signal };
    const scan = scanLocal({ ...options, onProgress: () => undefined });
    scan.catch(() => undefined);
    const pids = await expect
      .poll(async () => (await readFile(join(dir, 'notes'), 'utf8').catch(() => '')).trim(), {
        timeout: 30_000,
      })
      .toMatch(/^\d+$/)
      .then(async () => (await readFile(join(dir, 'notes'), 'utf8')).trim().split('\n').map(Number));
    stop.abort();
    await expect(scan).rejects.toThrow(/abort/i);
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('hides what tools get of its own environment and print', async () => {
    const talkative = HANGING.replace(
      /plan\).*/,
      'plan | show) echo "Error: denied: $VAULT_TOKEN" >&2; exit 1 ;;',
    );
    await writeFile(join(dir, 'terraform'), talkative);
    const configFile = join(dir, 'config.yaml');
    await writeFile(configFile, stringify({ toolchain: { terraform: { path: join(dir, 'terraform') } } }));
    const env = { ...process.env, PLUMBLINE_CACHE_DIR: join(dir, 'cache'), VAULT_TOKEN: 'hvs.canary-9d41' };
    const options = { dir: join(dir, 'tree'), stack: undefined, configFile, env };
    const found = JSON.stringify(await scanLocal({ ...options, onProgress: () => undefined }));
    expect(found).toContain('denied: ***');
    expect(found).not.toContain('canary-9d41');
  });
});
