import { join } from 'node:path';
import type { ArtifactKind } from '../../domain/plan.ts';
import type { S3Settings } from '../../domain/settings.ts';
import type { ArtifactClaim } from '../../domain/shared-artifacts.ts';
import { PlumblineError } from '../../util/errors.ts';
import type { ArtifactStore } from '../artifact-store.ts';
import type { DataKey } from '../data-key.ts';
import type { BlobStore } from './blob-store.ts';
import { blobName, digestOfBlob, plainDigest } from './digest.ts';
import { createFileBlobs } from './file-blobs.ts';
import { createS3Blobs } from './s3-blobs.ts';
import { corrupt, createSealer, type Sealer } from './seal.ts';

/** Kinds that can hold secrets. */
const SECRET_KINDS: readonly ArtifactKind[] = ['plan_json_raw', 'plan_binary', 'state'];
/** Content younger than this is never removed: its reference may not be recorded yet. */
const KEEP_NEW_MS = 3_600_000;
const REMOVALS_AT_ONCE = 8;
/** Where installations say that they keep their artifacts here. */
const CLAIMS = 'installations';

/**
 * The artifact store: the bucket when one is set, else files under `dataDir`. Makes no request and no file yet.
 * @param options.keepNewMs content younger than this is never removed; an hour when not given
 */
export function openArtifactStore(options: {
  dataDir: string;
  s3: S3Settings | null;
  key: DataKey;
  keepNewMs?: number;
}): ArtifactStore {
  const blobs = openBlobStore(options.dataDir, options.s3);
  const sealer = createSealer(options.key);
  return {
    put: (kind, content) => put(blobs, sealer, kind, content),
    get: (ref) => get(blobs, sealer, ref.digest),
    remove: (digests, minimumAgeMs) =>
      remove(blobs, digests, minimumAgeMs ?? options.keepNewMs ?? KEEP_NEW_MS),
    old: (minimumAgeMs) => oldDigests(blobs, minimumAgeMs),
    claim: (installation) => claim(blobs, installation),
  };
}

/** The bytes below the artifact store, as they are stored. */
export function openBlobStore(dataDir: string, s3: S3Settings | null): BlobStore {
  return s3 ? createS3Blobs(s3) : createFileBlobs(join(dataDir, 'artifacts'));
}

async function put(
  blobs: BlobStore,
  sealer: Sealer,
  kind: ArtifactKind,
  content: string | Uint8Array,
): ReturnType<ArtifactStore['put']> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const encrypted = SECRET_KINDS.includes(kind);
  const digest = encrypted ? sealer.digest(bytes) : plainDigest(bytes);
  await blobs.put(blobName(digest), encrypted ? sealer.seal(bytes, digest) : bytes);
  return { kind, digest, sizeBytes: bytes.length, encrypted, keyId: encrypted ? sealer.keyId : null };
}

async function get(blobs: BlobStore, sealer: Sealer, digest: string): Promise<Uint8Array> {
  const stored = await blobs.get(blobName(digest));
  if (!stored) {
    throw new PlumblineError('artifact_missing', `The artifact ${digest} is not stored here any more.`, {
      details: { digest },
    });
  }
  // The digest's own form says whether it is encrypted: a reference can't be talked into skipping the check.
  if (!digest.startsWith('sha256:')) return sealer.open(stored, digest);
  if (plainDigest(stored) !== digest) throw corrupt(digest, 'its content does not have this digest');
  return stored;
}

async function remove(blobs: BlobStore, digests: readonly string[], minimumAgeMs: number): Promise<void> {
  const left = [...new Set(digests)];
  const worker = async (): Promise<void> => {
    for (let digest = left.pop(); digest !== undefined; digest = left.pop()) {
      await blobs.remove(blobName(digest), minimumAgeMs);
    }
  };
  await Promise.all(Array.from({ length: REMOVALS_AT_ONCE }, worker));
}

async function* oldDigests(blobs: BlobStore, minimumAgeMs: number): AsyncGenerator<string[]> {
  for await (const names of blobs.old(minimumAgeMs))
    yield names.map(digestOfBlob).filter((digest) => digest !== undefined);
}

async function claim(blobs: BlobStore, installation: string): Promise<ArtifactClaim[]> {
  const listed = await blobs.list(CLAIMS);
  const claims = listed.map(({ name, ageMs }) => ({ installation: name, ageMs }));
  if (claims.some((one) => one.installation === installation)) return claims;
  const said = `The Plumbline installation ${installation} keeps its artifacts here.\n`;
  await blobs.put(`${CLAIMS}/${installation}`, Buffer.from(said));
  return [...claims, { installation, ageMs: 0 }];
}
