/** Where a vendor keeps releases, and how files are named there. */
export interface ReleaseLayout {
  /** `hashicorp`: releases.hashicorp.com; `github`: a GitHub repository's releases. */
  kind: 'hashicorp' | 'github';
  /** Without a slash at the end; the config may name another. */
  baseUrl: string;
  /** Names of files, with {version}, {os} and {arch} filled in. */
  archive: string;
  sums: string;
  /** null: the vendor signs in no way that gpg understands. */
  signature: string | null;
  /** Whether a pre-release may lack the signature, which a release has. */
  unsignedPrereleases: boolean;
  /** A file of `tools/keys/`, or null when the key must be configured to be known. */
  key: string | null;
}

/** How a program is built from Go modules: `tools/<folder>/go.mod` names the module and its version. */
export interface GoRecipe {
  folder: string;
  /** The module whose version is the program's. */
  module: string;
  package: string;
  /** With {version} filled in: variables that the vendor sets when linking. */
  ldflags: string;
}

/** A program that Plumbline knows how to find, download or build. */
export interface Program {
  name: string;
  /** The file's name. */
  binary: string;
  versionArgs: readonly string[];
  /** What must hold for any use of it; null for none. */
  accepts: string | null;
  /**
   * `newest`: without a constraint the newest release is wanted (each stack chooses its version).
   * `pinned`: what is there, else the recipe's version, which is the one that was tested.
   */
  unconstrained: 'newest' | 'pinned';
  release: ReleaseLayout | null;
  recipe: GoRecipe | null;
}
