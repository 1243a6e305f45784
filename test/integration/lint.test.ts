import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kubernetesDriver } from '../../src/drivers/kubernetes/index.ts';
import { baseEnv } from '../../src/util/exec-env.ts';
import { aBench, discoverIn } from '../support/terraform.ts';

const run = promisify(execFile);
const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const EXAMPLE = fileURLToPath(new URL('../../examples/gitops', import.meta.url));
const SECRET = 'apiVersion: v1\nkind: Secret\nmetadata: { name: login }\nstringData: { password: hunter2 }\n';
const WHERE = 'gitops/apps/local/mqtt-input/login.yaml';

/** The command line from its sources: nothing of it needs what a build makes. */
const runCli = async (args: readonly string[], cwd?: string) =>
  await new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(process.execPath, [MAIN, ...args], { cwd }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });

let repo: string;
beforeEach(async () => {
  repo = await mkdtemp(join(tmpdir(), 'plumbline-lint-'));
  await cp(EXAMPLE, join(repo, 'gitops'), { recursive: true });
});
afterEach(async () => await rm(repo, { recursive: true, force: true }));

describe('plumbline lint', () => {
  it('has nothing to say about the example, and ends with 0', async () => {
    expect(await runCli(['lint', repo])).toEqual({
      code: 0,
      stdout: '',
      stderr: 'The layers are in order.\n',
    });
  });

  it('says where what is wrong and how to mend it, and ends with 3', async () => {
    await writeFile(join(repo, WHERE), SECRET);
    const { code, stdout, stderr } = await runCli(['lint'], repo);
    expect(code).toBe(3);
    expect(stdout).toContain(`${WHERE}:1 error The Secret login is readable (password). not-encrypted`);
    expect(stdout).toContain('Encrypt it with SOPS');
    expect(stdout).not.toContain('hunter2');
    expect(stderr).toBe('1 error, 0 warnings.\n');
  });

  it('leaves out what Git ignores: secrets for development are never committed', async () => {
    await writeFile(join(repo, WHERE), SECRET);
    await writeFile(join(repo, '.gitignore'), 'gitops/apps/local/**/login.yaml\n');
    await run('git', ['init', '--quiet'], { cwd: repo, env: baseEnv(process.env) });
    expect(await runCli(['lint', repo])).toMatchObject({ code: 0, stdout: '' });
  });

  it('prints SARIF with real lines', async () => {
    await mkdir(join(repo, '.github/workflows'), { recursive: true });
    await writeFile(join(repo, '.github/workflows/ci.yml'), 'jobs:\n  a:\n    - kubectl apply -k gitops\n');
    const { stdout } = await runCli(['lint', repo, '--sarif']);
    const { runs } = JSON.parse(stdout) as { runs: { results: object[]; tool: object }[] };
    expect(runs[0]?.results).toMatchObject([
      {
        ruleId: 'imperative-apply',
        level: 'error',
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: '.github/workflows/ci.yml' },
              region: { startLine: 3 },
            },
          },
        ],
      },
    ]);
  });

  it('goes by the config, which may turn a rule off', async () => {
    await writeFile(join(repo, WHERE), SECRET);
    const config = join(repo, 'plumbline.yaml');
    const rules = { drivers: { kubernetes: { layers: { rules: { 'not-encrypted': 'off' } } } } };
    await writeFile(
      config,
      JSON.stringify({ repos: [{ name: 'a', url: 'https://git.example.com/a.git' }], ...rules }),
    );
    expect(await runCli(['lint', repo, '--config', config])).toMatchObject({ code: 0, stdout: '' });
  });

  it('says that a repository of another shape was not checked', async () => {
    const { code, stderr } = await runCli(['lint', join(repo, 'gitops/charts')]);
    expect(code).toBe(0);
    expect(stderr).toContain('Nothing was checked');
  });
});

describe('a scan of a repository in layers', () => {
  const clusters = [{ name: 'homelab', kubeconfig: '/nowhere' }];

  it('warns of what breaks the rules, the first five of it', async () => {
    const bench = await aBench();
    try {
      await cp(join(repo, 'gitops'), join(bench.workTree, 'gitops'), { recursive: true });
      const names = Array.from({ length: 7 }, (_, at) => `gitops/apps/local/mqtt-input/login-${at}.yaml`);
      await bench.write(Object.fromEntries(names.map((name) => [name, SECRET])));
      const warnings = async (options: object) =>
        (await discoverIn(kubernetesDriver, bench, { options: { clusters, ...options } })).warnings;
      const said = (await warnings({})).filter((line) => line.includes('login') || line.includes('layers'));
      expect(said).toHaveLength(6);
      expect(said[0]).toBe(`${names[0]}:1: The Secret login is readable (password). (not-encrypted)`);
      expect(said[5]).toBe(`2 more findings about the repository's layers: see "plumbline lint".`);
      const never = await warnings({ layers: { check: 'never' } });
      expect(never.filter((line) => line.includes('login'))).toEqual([]);
    } finally {
      await bench.remove();
    }
  });
});
