/** Bytes under names, on disk or in a bucket. Knows nothing of digests and keys. */
export interface BlobStore {
  /**
   * Writes the bytes unless they are there; then only their age starts anew, so that nobody removes them as unused now.
   * Readers see all of them or nothing.
   */
  put(name: string, bytes: Uint8Array): Promise<void>;
  get(name: string): Promise<Uint8Array | undefined>;
  /**
   * Removes what is older than `minimumAgeMs`; what is missing or newer is left. Newer content may have been put a moment
   * ago by somebody whose reference to it isn't recorded yet.
   */
  remove(name: string, minimumAgeMs: number): Promise<void>;
  /** Names of blobs that are older than `minimumAgeMs`, in pages. What else lies below the root is none of them. */
  old(minimumAgeMs: number): AsyncIterable<string[]>;
  /** Names of what lies in a folder, without the folder's own. */
  list(folder: string): Promise<{ name: string; ageMs: number }[]>;
}
