import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { FluxSubstitution, StackDefinition } from '../../definitions/stack-definition.ts';
import type { Parts } from '../render-source.ts';
import { createSourceReader } from '../source-reader.ts';
import { commonMetadata } from '../../definitions/flux/kustomization.ts';
import { finishFlux, withCommon } from './flux-build.ts';

const SECRET = `apiVersion: v1
kind: Secret
metadata: { name: vars, namespace: flux-system }
stringData: { pw: "open\\nsesame", size: tiny }
`;
const substitution: FluxSubstitution = {
  namespace: 'flux-system',
  from: [{ kind: 'Secret', name: 'vars', optional: false }],
  variables: { size: 'huge' },
};
const definition = {
  kind: 'Kustomization',
  name: 'apps',
  file: 'apps.yaml',
  line: 1,
  flux: { commonMetadata: null, substitution },
} as StackDefinition;

let workTree: string;
beforeEach(async () => {
  workTree = await mkdtemp(join(tmpdir(), 'plumbline-flux-'));
  await writeFile(join(workTree, 'vars.yaml'), SECRET);
});
afterEach(async () => await rm(workTree, { recursive: true, force: true }));

it('hides what is made of a variable that a Secret holds, and no more', async () => {
  const { signal } = new AbortController();
  const hidden = new Set<string>();
  const parts = {
    session: { context: { workTree, signal } },
    reader: await createSourceReader(workTree, signal),
    decryption: { file: async () => undefined, hide: (text: string) => hidden.add(text) },
  } as unknown as Parts;
  const data = { a: '${pw}', b: '${pw:0:8}', c: '${pw^^}', d: '${pw:0:3}', e: '${size^^}' };
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data };
  const rendered = { objects: [{ object, source: null, hook: null }], problems: [], warnings: [] };
  const made = await finishFlux(parts, definition, rendered);
  expect(made.objects[0]!.object['data']).toEqual({
    a: 'opensesame',
    b: 'opensesa',
    c: 'OPENSESAME',
    d: 'ope',
    e: 'HUGE',
  });
  expect(hidden).toEqual(new Set(['open\nsesame', 'tiny', 'opensesame', 'opensesa', 'OPENSESAME']));
});

it('gives all objects the common labels and annotations, which win over their own', () => {
  const metadata = { name: 'a', labels: { team: 'x', app: 'a' } };
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata };
  const common = commonMetadata({ commonMetadata: { labels: { team: 'kitchen' }, annotations: { n: 1 } } });
  const [made] = withCommon([{ object, source: null, hook: null }], common);
  expect(made?.object.metadata).toEqual({
    name: 'a',
    labels: { team: 'kitchen', app: 'a' },
    annotations: { n: '1' },
  });
});
