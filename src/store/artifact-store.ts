import type { ArtifactKind, ArtifactRef } from '../domain/plan.ts';

/** Content-addressed storage of artifacts, on disk or in an S3-compatible bucket. Secret kinds are encrypted with AES-256-GCM. */
export interface ArtifactStore {
  /** Stores the content once; the same content again is a no-op. */
  put(kind: ArtifactKind, content: string | Uint8Array): Promise<ArtifactRef & { keyId: string | null }>;
  /**
   * Reads and decrypts, and checks the content against its digest.
   * @throws PlumblineError `artifact_missing`, `artifact_corrupt`, `artifact_key_unknown`
   */
  get(ref: Pick<ArtifactRef, 'digest' | 'encrypted'>): Promise<Uint8Array>;
  /** Removes content by digest; missing content is fine. */
  remove(digests: readonly string[]): Promise<void>;
}
