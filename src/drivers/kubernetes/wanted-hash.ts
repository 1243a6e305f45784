import { createHash } from 'node:crypto';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { metaTexts, type KubeObject } from '../../kube/object.ts';
import { RECORD_ANNOTATIONS } from './labels.ts';

/**
 * Says whether an object is wanted as it was when it was last applied; null where a hash could give a secret away: a short
 * one can be guessed until the hash fits.
 */
export function wantedHash(object: KubeObject, secrets: readonly string[]): string | null {
  if (object.kind === 'Secret') return null;
  const text = canonicalJson(withoutRecord(object));
  if (secrets.some((secret) => secret !== '' && text.includes(secret))) return null;
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** Without what applies note on objects. */
function withoutRecord(object: KubeObject): KubeObject {
  const annotations = metaTexts(object, 'annotations');
  for (const name of RECORD_ANNOTATIONS) delete annotations[name];
  return { ...object, metadata: { ...object.metadata, annotations } };
}
