import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { BROKEN_LAYERS, manifestOf, type LayerFiles } from '../../../../test/support/broken-layers.ts';
import { LAYER_RULE_IDS } from './finding.ts';
import { lintLayers } from './lint.ts';
import { readLayerSettings } from './settings.ts';

const EXAMPLE = new URL('../../../../examples/gitops/', import.meta.url).pathname;

/** The example's files, as the folder `gitops/` of a repository. */
let example: ReadonlyMap<string, string>;
beforeAll(async () => {
  const names = await readdir(EXAMPLE, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile());
  example = new Map(
    await Promise.all(
      files.map(async ({ parentPath, name }): Promise<[string, string]> => {
        const path = join(parentPath, name);
        return [`gitops/${path.slice(EXAMPLE.length)}`, await readFile(path, 'utf8')];
      }),
    ),
  );
});

/** What the rules say when the example has these files otherwise: `rule file:line`. */
function lintWith(changes: LayerFiles, settings: object = {}): string[] {
  const files = new Map(example);
  for (const [path, change] of Object.entries(changes)) {
    if (change === null) files.delete(path);
    else if (typeof change === 'string') files.set(path, change);
    else {
      const text = change(files.get(path) ?? '');
      if (text === files.get(path)) throw new Error(`${path} is as before.`);
      files.set(path, text);
    }
  }
  const { findings } = lintLayers(files, readLayerSettings(settings));
  return findings.map(({ rule, file, line }) => `${rule} ${file}:${line}`);
}

describe('the rules of layers', () => {
  it('have nothing to say about the example', () => {
    expect(lintWith({})).toEqual([]);
  });

  it.each(BROKEN_LAYERS)('find %s', (_what, changes, found) => {
    expect(lintWith(changes)).toEqual(found);
  });

  it('leave alone what another repository’s source brings, and what waits for it', () => {
    const podinfo = `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: podinfo, namespace: flux-system }
spec:
  path: ./kustomize
  sourceRef: { kind: GitRepository, name: podinfo }
  dependsOn: [{ name: infrastructure-controllers }]
  wait: true
`;
    const apps = (text: string) => `${text}    - name: podinfo\n`;
    const homelab = 'gitops/clusters/homelab';
    expect(lintWith({ [`${homelab}/podinfo.yaml`]: podinfo, [`${homelab}/apps.yaml`]: apps })).toEqual([]);
  });

  it.each([
    ['the namespace that it is in', 'flux-system', []],
    ['another one', 'elsewhere', ['missing-path', 'infrastructure-first']],
  ])('take what dependsOn names for that of %s', (_, namespace, rules) => {
    const homelab = 'gitops/clusters/homelab/apps.yaml';
    const found = lintWith({
      [homelab]: (text) =>
        text.replace('- name: infrastructure-policies\n', (need) => `${need}      namespace: ${namespace}\n`),
    });
    expect(new Set(found.map((one) => one.split(' ')[0]))).toEqual(new Set(rules));
  });

  it('name the namespace of what is to be waited for where it is another one', () => {
    const apps = new Map(example);
    const path = 'gitops/clusters/homelab/apps.yaml';
    apps.set(path, example.get(path)!.replace('namespace: flux-system', 'namespace: tenant'));
    const { findings } = lintLayers(apps, readLayerSettings());
    expect(findings.find(({ rule }) => rule === 'infrastructure-first')?.fix).toBe(
      'Add to its spec.dependsOn: { name: infrastructure-policies, namespace: flux-system }.',
    );
  });

  it('are each broken by an example of these', () => {
    const broken = new Set(BROKEN_LAYERS.flatMap(([, , found]) => found.map((one) => one.split(' ')[0])));
    expect(broken).toEqual(new Set(LAYER_RULE_IDS));
  });

  it('say nothing of a repository of another shape', () => {
    const files = new Map([
      ['k8s/web/secret.yaml', manifestOf('Secret', 'a', 'b', 'stringData: { c: d }\n')],
    ]);
    expect(lintLayers(files, readLayerSettings())).toEqual({ layout: null, findings: [] });
  });

  it('are called otherwise where the settings say so', () => {
    const files = new Map(
      [...example].map(([path, text]) => [
        path.replace('gitops/infrastructure/', 'gitops/platform/').replace('apps/base/', 'apps/common/'),
        text.replaceAll('gitops/infrastructure/', 'gitops/platform/').replaceAll('../base/', '../common/'),
      ]),
    );
    const settings = readLayerSettings({ infrastructure: 'platform', base: 'common' });
    const { layout, findings } = lintLayers(files, settings);
    expect(layout?.base).toBe('gitops/apps/common');
    expect(findings).toEqual([]);
  });

  it('are as severe as the settings say, or off', () => {
    const changes = { 'gitops/clusters/staging/notes.yaml': 'about: nothing yet\n' };
    expect(lintWith(changes, { rules: { 'cluster-kustomizations': 'off' } })).toEqual([]);
  });
});

describe('a Secret', () => {
  it.each([
    ['that SOPS encrypted', 'stringData:\n  password: ENC[AES256_GCM,data:x]\nsops:\n  version: 3.9.0\n'],
    ['without content', ''],
    ['whose value Flux puts in', 'stringData:\n  password: ${password}\n'],
  ])('%s may stand in Git', (_what, data) => {
    const path = 'gitops/apps/homelab/mqtt-input/secret.yaml';
    expect(lintWith({ [path]: manifestOf('Secret', 'b', undefined, data) })).toEqual([]);
  });

  it('is named, and its value never', () => {
    const path = 'gitops/apps/homelab/mqtt-input/secret.yaml';
    const text = manifestOf('Secret', 'b', undefined, 'stringData:\n  password: hunter2\n');
    const { findings } = lintLayers(new Map([...example, [path, text]]), readLayerSettings());
    expect(JSON.stringify(findings)).toContain('password');
    expect(JSON.stringify(findings)).not.toContain('hunter2');
  });
});
