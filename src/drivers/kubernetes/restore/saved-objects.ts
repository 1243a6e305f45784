import { isJsonObject } from '../../../domain/json.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { PlumblineError } from '../../../util/errors.ts';
import type { SavedState } from '../../driver-results.ts';
import { LINEAGE, lineageOf, type SavedObjects } from '../apply/backup.ts';
import { normalise } from '../compare/normalise.ts';
import { ownedPart } from '../compare/owned-part.ts';
import { FIELD_MANAGER } from '../labels.ts';
import { renderStack } from '../plan-stack.ts';
import type { Rendered } from '../rendered.ts';
import type { Session } from '../session.ts';

/**
 * Saved objects as what a stack wants: of each what Plumbline had declared of it, so that what the server and controllers fill
 * in is left to them; all of one that Plumbline had not applied before. What keeps everything from being pruned by now, e.g. a
 * suspended release, keeps it here, too.
 * @param source what the stack's source wants by now
 * @throws PlumblineError `state_mismatch` when they were saved from another stack, or on another cluster
 */
export async function savedObjects(
  session: Session,
  { id, content }: SavedState,
  source: () => Promise<Rendered> = () => renderStack(session),
): Promise<Rendered> {
  const saved = parse(Buffer.from(content).toString('utf8'));
  const lineage = await lineageOf(session);
  const own = saved?.metadata.annotations[LINEAGE];
  if (saved === undefined || own !== lineage) throw foreign(session, id, own);
  // What is live may hold what the source has of secrets by now.
  const { secrets, tools, keepsAll = null } = await source();
  for (const secret of saved.secrets) session.hide(secret);
  return {
    objects: saved.items.map((item) => ({ object: wantedAgain(item), source: null, hook: null })),
    problems: [],
    warnings: [],
    tools,
    sources: {},
    secrets: [...new Set([...secrets, ...saved.secrets])],
    keepsAll,
  };
}

function parse(text: string): SavedObjects | undefined {
  try {
    const saved: unknown = JSON.parse(text);
    if (!isJsonObject(saved) || !Array.isArray(saved['items']) || !Array.isArray(saved['secrets']))
      return undefined;
    return saved as unknown as SavedObjects;
  } catch {
    return undefined;
  }
}

function wantedAgain(item: KubeObject): KubeObject {
  const { metadata, ...rest } = ownedPart(item, FIELD_MANAGER) ?? normalise(item);
  const { ownerReferences: _, ...kept } = metadata;
  return {
    ...rest,
    apiVersion: item.apiVersion,
    kind: item.kind,
    metadata: { ...kept, name: item.metadata.name },
  };
}

function foreign({ context }: Session, id: string, lineage: string | undefined): PlumblineError {
  return new PlumblineError(
    'state_mismatch',
    `The saved state ${id} is not one of ${context.stack.key} on its present cluster: it was saved from ${lineage ?? 'something else'}. Nothing was changed.`,
    { details: { lineage: lineage ?? null } },
  );
}
