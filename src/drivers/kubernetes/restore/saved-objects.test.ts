import { describe, expect, it } from 'vitest';
import type { KubeObject, ObjectId } from '../../../kube/object.ts';
import { backupStack } from '../apply/backup.ts';
import type { InventoryEntry } from '../inventory.ts';
import { STACK_LABEL } from '../labels.ts';
import type { PlannedStack } from '../planned-stack.ts';
import type { Rendered } from '../rendered.ts';
import type { Session } from '../session.ts';
import { savedObjects } from './saved-objects.ts';

const RENDERED: Rendered = { objects: [], problems: [], warnings: [], tools: [], sources: {}, secrets: [] };

function configMap(
  name: string,
  { owner = 'stack-1', ...metadata }: Record<string, string> = {},
): KubeObject {
  const labels = { [STACK_LABEL]: owner };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'web', labels, ...metadata } };
}

/** A session on a cluster that has these objects, and what it has saved. */
function aSession(objects: readonly KubeObject[]): { session: Session; saved: () => string } {
  let saved = '';
  const session = {
    stackId: 'stack-1',
    request: {},
    cluster: {
      resource: async () => ({ group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps' }),
      get: async (_: unknown, { name }: ObjectId) => objects.find((object) => object.metadata.name === name),
    },
    reads: { facts: async () => ({ uid: 'cluster-1' }) },
    context: {
      stack: { key: 'apps/shop' },
      artifacts: async (_: string, content: string) => {
        saved = content;
        return 'content';
      },
    },
    hide: () => undefined,
  };
  return { session: session as unknown as Session, saved: () => saved };
}

/** A plan that changes nothing, and leaves these objects where they are. */
function leaving(...left: readonly (Partial<InventoryEntry> & { name: string })[]): PlannedStack {
  const entries = left.map(({ name, ...more }) => ({
    id: { group: '', kind: 'ConfigMap', namespace: 'web', name },
    version: 'v1',
    wanted: null,
    fields: null,
    ...more,
  }));
  return { rendered: RENDERED, objects: [], prunes: [], left: entries } as unknown as PlannedStack;
}

describe('the objects of a saved state', () => {
  it('are those, too, that are only left where they are, e.g. of a suspended release', async () => {
    const { session, saved } = aSession([configMap('kept')]);
    await backupStack(session, leaving({ name: 'kept' }, { name: 'gone' }), { always: true });
    const state = { id: 'backup-1', content: Buffer.from(saved()) };
    const { objects } = await savedObjects(session, state, async () => RENDERED);
    expect(objects.map(({ object }) => object.metadata.name)).toEqual(['kept']);
  });

  it('are none that are another’s by now, or anybody’s, or being deleted', async () => {
    const { session, saved } = aSession([
      configMap('released'),
      configMap('taken', { owner: 'stack-2' }),
      configMap('going', { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    ]);
    const planned = leaving({ name: 'released', released: true }, { name: 'taken' }, { name: 'going' });
    expect(await backupStack(session, planned, { always: true })).toMatchObject({ content: null });
    expect(saved()).toBe('');
  });

  it('keep everything from being pruned while the source does', async () => {
    const { session, saved } = aSession([configMap('kept')]);
    await backupStack(session, leaving({ name: 'kept' }), { always: true });
    const keepsAll = 'HelmRelease rests is suspended.';
    const state = { id: 'backup-1', content: Buffer.from(saved()) };
    const source = async () => ({ ...RENDERED, keepsAll });
    expect((await savedObjects(session, state, source)).keepsAll).toBe(keepsAll);
    expect((await savedObjects(session, state, async () => RENDERED)).keepsAll).toBeNull();
  });
});
