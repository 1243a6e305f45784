import { groupVersion } from '../../../kube/object.ts';
import type { Rendered, WantedObject } from '../rendered.ts';
import { findDuplicates } from './duplicates.ts';
import { renderDefined } from './defined/index.ts';
import { openRenderSession, type RenderContext } from './render-session.ts';
import { renderSource, type RenderHow } from './render-source.ts';
import { createDecryption } from './secrets.ts';
import { sourceFault } from './source-fault.ts';
import { createSourceReader } from './source-reader.ts';

export type { RenderContext } from './render-session.ts';
export type { RenderHow } from './render-source.ts';

/**
 * What a stack's source comes to. Changes nothing and writes nothing but to `context.scratchDir`; safe to run again.
 * @throws PlumblineError `config_invalid` (`details.diagnostics` has file, line, summary and detail), `stack_not_found`,
 *   `secret_undecryptable`, `tool_not_found`, `tool_timeout`, `cancelled`
 */
export async function render(context: RenderContext, how: RenderHow): Promise<Rendered> {
  const session = openRenderSession(context);
  const reader = await createSourceReader(context.workTree, context.signal);
  const decryption = createDecryption(session);
  const parts = { session, reader, decryption };
  const made = await (how.options.definition === undefined
    ? renderSource(parts, how, { folder: context.stack.path, options: how.options })
    : renderDefined(parts, how, how.options.definition));
  const objects = await fillNamespaces(made.objects, how);
  const [duplicate, ...more] = findDuplicates(objects, context.stack.path);
  if (duplicate) throw sourceFault(duplicate, ...more);
  return {
    ...made,
    objects,
    tools: [...session.used.values()].map(({ name, version, source }) => ({ name, version, source })),
    sources: Object.fromEntries(Object.entries(reader.sources).sort(([a], [b]) => (a < b ? -1 : 1))),
    secrets: [...decryption.secrets],
  };
}

async function fillNamespaces(objects: readonly WantedObject[], how: RenderHow): Promise<WantedObject[]> {
  const { isNamespaced, namespace } = how;
  if (isNamespaced === undefined) return [...objects];
  const filled: WantedObject[] = [];
  for (const wanted of objects) {
    const { object } = wanted;
    const isBare = (object.metadata['namespace'] ?? '') === '';
    const type = { ...groupVersion(object.apiVersion), kind: object.kind };
    filled.push(
      isBare && (await isNamespaced(type)) === true
        ? { ...wanted, object: { ...object, metadata: { ...object.metadata, namespace } } }
        : wanted,
    );
  }
  return filled;
}
