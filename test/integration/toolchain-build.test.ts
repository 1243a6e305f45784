import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createToolchain } from '../../src/toolchain/toolchain.ts';
import { exec } from '../../src/util/exec.ts';
import { baseEnv } from '../../src/util/exec-env.ts';
import { createRedactor } from '../../src/util/redact.ts';

let folder: string;
let recipesDir: string;

/** A recipe whose module is a folder: what is built here has the shape of Temporal's recipe and builds in a moment. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-build-'));
  recipesDir = join(folder, 'tools');
  const module = join(recipesDir, 'temporal', 'module');
  await mkdir(join(module, 'cmd', 'temporal'), { recursive: true });
  await mkdir(join(module, 'temporalcli'));
  await writeFile(join(module, 'go.mod'), 'module github.com/temporalio/cli\n\ngo 1.21\n');
  await writeFile(join(module, 'temporalcli', 'version.go'), 'package temporalcli\n\nvar Version = "none"\n');
  await writeFile(
    join(module, 'cmd', 'temporal', 'main.go'),
    'package main\n\nimport "github.com/temporalio/cli/temporalcli"\n\nfunc main() { println("temporal version " + temporalcli.Version) }\n',
  );
  await writeFile(
    join(recipesDir, 'temporal', 'go.mod'),
    'module example.org/tools\n\ngo 1.21\n\nrequire github.com/temporalio/cli v1.2.3\n\nreplace github.com/temporalio/cli => ./module\n',
  );
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function toolchain(env: Record<string, string> = baseEnv(process.env)) {
  const progress: string[] = [];
  const made = createToolchain({
    // A port that nobody listens on: the closed network.
    settings: {
      cacheDir: null,
      download: true,
      build: true,
      tools: { temporal: { path: null, version: null, releasesUrl: 'http://127.0.0.1:9' } },
    },
    cacheDir: join(folder, 'cache'),
    baseEnv: { ...env, PATH: withoutTemporal(env['PATH'] ?? '') },
    redactor: createRedactor(),
    onProgress: (message) => progress.push(message),
    recipesDir,
  });
  return { ...made, progress };
}

/** A Temporal on the developer's own PATH would be taken. */
function withoutTemporal(path: string): string {
  return path
    .split(':')
    .filter((entry) => !entry.includes('temporal'))
    .join(':');
}

describe('a build from Go modules', () => {
  it('is fallen through to when the release server can’t be reached, and happens once', async () => {
    const [one, two] = [toolchain(), toolchain()];
    const [first, second] = await Promise.all([
      one.resolve('temporal', '1.2.3', {}),
      two.resolve('temporal', '1.2.3', {}),
    ]);
    expect([first.source, second.source].toSorted()).toEqual(['build', 'cache']);
    expect(first.path).toBe(second.path);
    const { stderr } = await exec(first.path, [], { cwd: folder, env: {} });
    expect(stderr).toBe('temporal version 1.2.3\n');
    expect([...one.progress, ...two.progress].join('\n')).toContain("can't be downloaded");
    expect(await readdir(join(folder, 'cache', 'temporal', 'versions'))).toEqual(['1.2.3']);
  });

  it('that does not compile says so, and leaves nothing behind', async () => {
    await writeFile(
      join(recipesDir, 'temporal', 'module', 'cmd', 'temporal', 'main.go'),
      'package main\n\nfunc main() { nope() }\n',
    );
    await expect(toolchain().resolve('temporal', '1.2.3', {})).rejects.toThrow(/build: .*undefined: nope/s);
    expect(await readdir(join(folder, 'cache', 'temporal', 'versions'))).toEqual([]);
  });

  it('is not tried for another version than the recipe’s', async () => {
    await expect(toolchain().resolve('temporal', '9.9.9', {})).rejects.toThrow(
      'is 1.2.3, which does not meet 9.9.9',
    );
  });

  it('is cancelled with its compilers', async () => {
    const controller = new AbortController();
    const resolving = toolchain().resolve('temporal', '1.2.3', {
      signal: controller.signal,
      onProgress: (message) => {
        if (message.startsWith('Building')) controller.abort(new Error('enough'));
      },
    });
    await expect(resolving).rejects.toThrow('enough');
  });

  it('is named as a way out where Go is missing', async () => {
    const bin = join(folder, 'bin');
    await mkdir(bin);
    await cp('/bin/sh', join(bin, 'sh'));
    const { HOME = folder } = process.env;
    await expect(toolchain({ PATH: bin, HOME }).resolve('temporal', '1.2.3', {})).rejects.toThrow(
      /build: Go is not installed[\s\S]*install Go/,
    );
  });
});
