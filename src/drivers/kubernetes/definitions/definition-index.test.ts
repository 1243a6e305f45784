import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listFolders } from '../../source-folders.ts';
import { readLayerFiles } from '../layers/read-files.ts';
import { createDefinitionIndex } from './definition-index.ts';

const application = (name: string) => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: ${name}, namespace: argocd }
spec: { source: { repoURL: "https://git.example.com/a/b", path: apps }, destination: { namespace: web } }
`;
const SET = `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: { name: all, namespace: argocd }
spec:
  generators: [{ git: { files: [{ path: x/*.yaml }] } }]
  template:
    metadata: { name: "app-{{token}}" }
    spec: { source: { repoURL: "https://git.example.com/a/b", path: apps }, destination: { namespace: web } }
`;
const OUTSIDE = { 'token.yaml': 'token: hush\n', 'application.yaml': application('stray') };

let root: string;
let workTree: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'plumbline-links-'));
  workTree = join(root, 'tree');
  await write(root, OUTSIDE);
  await write(workTree, { 'set.yaml': SET, 'shared/one.yaml': 'token: one\n', 'apps/a.yaml': 'a: 1\n' });
  await mkdir(join(workTree, 'x'));
  await symlink('../shared/one.yaml', join(workTree, 'x/inside.yaml'));
  await symlink('../../token.yaml', join(workTree, 'x/leak.yaml'));
  await symlink(join(root, 'application.yaml'), join(workTree, 'stray.yaml'));
});
afterEach(async () => await rm(root, { recursive: true, force: true }));

async function write(folder: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

describe('links that lead out of the work tree', () => {
  const { signal } = new AbortController();

  it('define nothing and fill no template, while those within it do', async () => {
    const place = { workTree, tools: ['argo_cd'] as const, exclude: [], urls: [], branch: null, signal };
    const { definitions, warnings } = await createDefinitionIndex().read(place);
    expect(definitions.map(({ name }) => name)).toEqual(['app-one']);
    expect(JSON.stringify({ definitions, warnings })).not.toContain('hush');
    expect(warnings.sort()).toEqual([
      expect.stringMatching(/^ApplicationSet argocd\/all .*leaves out x\/leak\.yaml: it is outside/),
      expect.stringMatching(/^Left out .*: stray\.yaml: it is outside/),
      expect.stringMatching(/^Left out .*: x\/leak\.yaml: it is outside/),
    ]);
  });

  it('are not looked at by the rules of layers', async () => {
    const files = await readLayerFiles(workTree, await listFolders(workTree, signal), signal);
    expect([...files.keys()].sort()).toEqual(['apps/a.yaml', 'set.yaml', 'shared/one.yaml', 'x/inside.yaml']);
  });
});
