import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JsonObject } from '../../../../domain/json.ts';
import type { StackDefinition } from '../../definitions/stack-definition.ts';
import type { Parts, RenderHow } from '../render-source.ts';
import { renderReleases } from './flux-release.ts';

let workTree: string;
beforeEach(async () => {
  workTree = await mkdtemp(join(tmpdir(), 'plumbline-release-'));
});
afterEach(async () => await rm(workTree, { recursive: true, force: true }));

it.each<[string, JsonObject]>([
  ['another cluster', { kubeConfig: { secretRef: { name: 'prod' } } }],
  ['another service account', { serviceAccountName: 'deployer' }],
])('renders nothing of a release for %s, and says where it stands', async (_, spec) => {
  const { signal } = new AbortController();
  const parts = { session: { context: { workTree, stack: {}, signal } } } as unknown as Parts;
  const how = { options: { impersonate: null }, namespace: 'web' } as unknown as RenderHow;
  const definition = { path: 'apps', file: 'apps.yaml', line: 1, impersonate: null } as StackDefinition;
  const object = {
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    metadata: { name: 'shop', namespace: 'web' },
    spec,
  };
  const wanted = { object, source: { file: 'apps/shop.yaml', line: 7 }, hook: null };
  const stack = { objects: [wanted], problems: [], warnings: [] };
  const { released } = await renderReleases(parts, how, definition, stack);
  expect(released.objects).toEqual([]);
  expect(released.problems).toMatchObject([
    {
      file: 'apps/shop.yaml',
      line: 7,
      message: expect.stringMatching(/^HelmRelease shop: apps\/shop\.yaml:7: it /),
    },
  ]);
});
