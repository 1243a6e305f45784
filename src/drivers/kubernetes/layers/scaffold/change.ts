import { PlumblineError } from '../../../../util/errors.ts';

/** A file that is made or changed. */
export interface FileChange {
  /** Relative to the root. */
  path: string;
  /** null: there is none yet. */
  before: string | null;
  after: string;
}

/** What was made of a repository, and what people do next. */
export interface Scaffold {
  changes: FileChange[];
  /** Sentences. */
  next: string[];
}

/** A repository's files while it is added to: what is there is changed only on purpose, and made files never replace any. */
export interface Draft {
  read(path: string): string | undefined;
  /** @throws PlumblineError `usage` when there is such a file */
  create(path: string, text: string): void;
  /** Changes a file that is there, or makes it. */
  write(path: string, text: string): void;
  /** All files, as they are by now. */
  files(): ReadonlyMap<string, string>;
  changes(): FileChange[];
}

export function createDraft(files: ReadonlyMap<string, string>): Draft {
  const now = new Map(files);
  const touched = new Set<string>();
  const write = (path: string, text: string): void => {
    now.set(path, text);
    touched.add(path);
  };
  return {
    read: (path) => now.get(path),
    create: (path, text) => {
      if (now.has(path))
        throw new PlumblineError(
          'usage',
          `${path} is there already, and nothing is ever overwritten. Choose another name.`,
        );
      write(path, text);
    },
    write,
    files: () => now,
    changes: () =>
      [...touched].toSorted().flatMap((path) => {
        const before = files.get(path) ?? null;
        const after = now.get(path)!;
        return before === after ? [] : [{ path, before, after }];
      }),
  };
}
