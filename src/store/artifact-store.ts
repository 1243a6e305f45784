import type { ArtifactKind, ArtifactRef } from '../domain/plan.ts';
import type { ArtifactClaim } from '../domain/shared-artifacts.ts';

/**
 * Content-addressed storage of artifacts, on disk or in an S3-compatible bucket.
 *
 * Secret kinds (`plan_json_raw`, `plan_binary`, `state`) are encrypted with AES-256-GCM, a random nonce each, and the ID of
 * their key beside them. Their address is not the SHA-256 of the content but an HMAC of it: a plain digest, which is stored and
 * shown in the open, would let anybody check a guess of a secret's value. The keys for encryption and address are
 * derived from the data key. A new data key gives the same content a new address; older keys only read.
 */
export interface ArtifactStore {
  /** Stores the content once; the same content again is a no-op. */
  put(kind: ArtifactKind, content: string | Uint8Array): Promise<ArtifactRef & { keyId: string | null }>;
  /**
   * Reads and decrypts, and checks the content against its digest.
   * @throws PlumblineError `artifact_missing`, `artifact_corrupt`, `artifact_key_unknown`
   */
  get(ref: Pick<ArtifactRef, 'digest' | 'encrypted'>): Promise<Uint8Array>;
  /**
   * Removes content by digest; missing content is fine. Content that was put within the last hour (or `minimumAgeMs`) stays,
   * because its reference may not be recorded yet.
   */
  remove(digests: readonly string[], minimumAgeMs?: number): Promise<void>;
  /** Digests of content that was last put longer ago than `minimumAgeMs`, in pages, whether anything refers to it or not. */
  old(minimumAgeMs: number): AsyncIterable<string[]>;
  /**
   * Notes, once, that an installation keeps its artifacts here, and gives all that have done so. Safe to run again.
   * @throws PlumblineError `artifact_store_failed` (details: `status`), 403 where the bucket may not be listed
   */
  claim(installation: string): Promise<ArtifactClaim[]>;
}
