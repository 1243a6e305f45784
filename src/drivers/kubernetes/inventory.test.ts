import { describe, expect, it } from 'vitest';
import type { Cluster } from '../../kube/cluster.ts';
import type { KubeObject } from '../../kube/object.ts';
import { readInventory, writeInventory, type Inventory, type InventoryPlace } from './inventory.ts';
import { STACK_LABEL } from './labels.ts';

const STACK = 's-1';

/** A cluster's ConfigMaps in memory, and a process that is killed before one of its writes. */
function aCluster() {
  const objects = new Map<string, KubeObject>();
  let left = Infinity;
  const write = (change: () => void) => {
    if (left === 0) throw new Error('killed');
    left -= 1;
    change();
  };
  const cluster = {
    resource: async () => ({}),
    list: async () => [...objects.values()],
    apply: async (_: unknown, object: KubeObject) => write(() => objects.set(object.metadata.name, object)),
    remove: async (_: unknown, { name }: { name: string }) => write(() => objects.delete(name)),
  };
  const place: InventoryPlace = {
    cluster: cluster as unknown as Cluster,
    namespace: 'plumbline',
    request: {},
  };
  const killBefore = (writes: number) => void (left = writes);
  return { place, objects, killBefore };
}

/** An inventory of so many objects, about 600 of which make a part. */
function anInventory(commit: string, objects: number): Inventory {
  const fields = { 'f:data': Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`f:key-${at}`, {}])) };
  const entries = Array.from({ length: objects }, (_, at) => ({
    id: { group: '', kind: 'ConfigMap', namespace: 'shop', name: `${commit}-${at}` },
    version: 'v1',
    wanted: null,
    fields,
  }));
  return { stackId: STACK, repo: 'home', stackKey: 'apps/shop', path: 'apps/shop', commit, entries };
}

const aReadOne = { takesAll: true, definition: 'a.yaml#Kustomization/a/b' } as const;
const withoutParts = (inventory: Inventory) => ({ ...inventory, parts: undefined });

describe('an inventory', () => {
  it('says what made the stack, and whether that takes all with it', async () => {
    const { place } = aCluster();
    await writeInventory(place, { ...anInventory('a', 1), ...aReadOne }, []);
    expect(await readInventory(place, STACK)).toMatchObject(aReadOne);
  });

  it.each([
    { from: 2000, to: 10 },
    { from: 10, to: 2000 },
    { from: 2000, to: 2500 },
    { from: 2500, to: 2400 },
  ])(
    'of $from objects that becomes one of $to is the one or the other, whenever its writer dies',
    async ({ from, to }) => {
      const before = anInventory('before', from);
      const after = anInventory('after', to);
      const seen = new Set<string>();
      for (let writes = 0; ; writes += 1) {
        const { place, objects, killBefore } = aCluster();
        const stored = await writeInventory(place, before, []);
        killBefore(writes);
        const ended = await writeInventory(place, after, stored).then(
          () => true,
          () => false,
        );
        killBefore(Infinity);
        const found = (await readInventory(place, STACK))!;
        const whole = found.commit === 'before' ? before : after;
        expect(withoutParts(found)).toEqual(withoutParts(whole));
        seen.add(found.commit);
        const kept = await writeInventory(place, after, found.parts!);
        expect([...objects.keys()].toSorted()).toEqual(kept.toSorted());
        expect(withoutParts((await readInventory(place, STACK))!)).toEqual(withoutParts(after));
        if (ended) break;
      }
      expect(seen).toEqual(new Set(['before', 'after']));
    },
  );

  it('that was never wholly written holds nothing, and what is there of it goes with the next', async () => {
    const { place, objects, killBefore } = aCluster();
    killBefore(1);
    await expect(writeInventory(place, anInventory('first', 2000), [])).rejects.toThrow('killed');
    killBefore(Infinity);
    const found = await readInventory(place, STACK);
    expect(found).toMatchObject({ stackId: STACK, entries: [], unfinished: true });
    expect(await writeInventory(place, anInventory('second', 1), found!.parts!)).toEqual([...objects.keys()]);
  });

  it('that lacks a part is broken, and so is one of another stack', async () => {
    const { place, objects } = aCluster();
    const names = await writeInventory(place, anInventory('one', 2000), []);
    const last = objects.get(names.at(-1)!)!;
    objects.delete(last.metadata.name);
    await expect(readInventory(place, STACK)).rejects.toMatchObject({ code: 'inventory_broken' });
    const labels = { ...(last.metadata['labels'] as object), [STACK_LABEL]: 's-2' };
    objects.set(last.metadata.name, { ...last, metadata: { ...last.metadata, labels } });
    await expect(readInventory(place, STACK)).rejects.toMatchObject({ code: 'inventory_broken' });
  });
});
