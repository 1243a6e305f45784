import { posix } from 'node:path';
import type { Found } from './finding.ts';

/** Where CI systems have their definitions, besides the folders of `isCiFile`. */
const CI_FILES = new Set([
  '.gitlab-ci.yml',
  '.drone.yml',
  '.travis.yml',
  '.woodpecker.yml',
  '.circleci/config.yml',
  'Jenkinsfile',
  'azure-pipelines.yml',
  'bitbucket-pipelines.yml',
]);
const CI_FOLDERS = ['.github/workflows', '.gitea/workflows', '.forgejo/workflows', '.woodpecker'];

/** Folders that CI systems read and that other readers of a repository pass over. */
export const HIDDEN_CI_FOLDERS = [...CI_FOLDERS, '.circleci'];

/** Whether a CI system runs what stands in this file. */
export function isCiFile(path: string): boolean {
  return (
    CI_FILES.has(path) ||
    posix.basename(path) === 'Jenkinsfile' ||
    (CI_FOLDERS.includes(posix.dirname(path)) && /\.ya?ml$/.test(path))
  );
}

/** Whether CI may call it. */
export function isScript(path: string): boolean {
  return (
    /\.(?:sh|bash|py|mk)$/.test(path) || /^(?:Makefile|Justfile|Taskfile\.ya?ml)$/.test(posix.basename(path))
  );
}

const OPTIONS = String.raw`(?:\s+-{1,2}[\w-]+(?:[= ][^\s|;&-][^\s|;&]*)?)*`;
const CHANGES = [
  new RegExp(
    String.raw`(?<![\w-])(kubectl|oc)${OPTIONS}\s+(apply|create|replace|patch|edit|delete|scale|autoscale|set|annotate|label|rollout\s+(?:restart|undo))(?![\w-])`,
  ),
  new RegExp(String.raw`(?<![\w-])(helm)${OPTIONS}\s+(install|upgrade|uninstall|delete|rollback)(?![\w-])`),
];
const SCRIPT_NAME = /(?<![\w/.-])((?:\.{1,2}\/)*[\w./-]+\.(?:sh|bash|py))(?![\w-])/g;
const MAKE = /(?<![\w-])make\s+([\w-]+)/g;

/** Commands that change a cluster, in what CI runs: its definitions, the scripts that they call, and targets of make. */
export function checkCi(files: ReadonlyMap<string, string>): Found[] {
  const open: { path: string; target: string | null; via: string | null }[] = [...files.keys()]
    .filter(isCiFile)
    .toSorted()
    .map((path) => ({ path, target: null, via: null }));
  const seen = new Set<string>();
  const found: Found[] = [];
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const { path, target, via } = next;
    const key = `${path} ${target ?? ''}`;
    const text = files.get(path);
    if (text === undefined || seen.has(key)) continue;
    seen.add(key);
    const lines = target === null ? commandLines(text) : recipe(text, target);
    found.push(...lines.flatMap((line) => changesIn(path, via, line)));
    open.push(...calledFrom(path, lines, files).map((call) => ({ ...call, via: via ?? path })));
  }
  return found;
}

interface Line {
  line: number;
  text: string;
}

/** The lines of a file, those that a backslash continues as one, without comments. */
function commandLines(text: string): Line[] {
  const result: Line[] = [];
  let open: Line | undefined;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const trimmed = raw.replace(/(?:^|\s)(?:#|\/\/).*$/, '');
    open =
      open === undefined
        ? { line: index + 1, text: trimmed }
        : { ...open, text: `${open.text} ${trimmed.trim()}` };
    if (open.text.endsWith('\\')) open.text = open.text.slice(0, -1);
    else {
      result.push(open);
      open = undefined;
    }
  }
  return open === undefined ? result : [...result, open];
}

/** The lines of a target of a Makefile. */
function recipe(text: string, target: string): Line[] {
  const lines = commandLines(text);
  const start = lines.findIndex((line) => new RegExp(`^${target}\\s*:(?!=)`).test(line.text));
  if (start < 0) return [];
  const end = lines.findIndex(({ text: line }, index) => index > start && /^\S/.test(line));
  return lines.slice(start + 1, end < 0 ? undefined : end);
}

function changesIn(file: string, via: string | null, { line, text }: Line): Found[] {
  return CHANGES.flatMap((call): Found[] => {
    const made = call.exec(text);
    if (made === null || /--dry-run(?![=\s]none)/.test(text) || isSaid(text, made.index)) return [];
    const what = `${made[1]} ${made[2]!.replaceAll(/\s+/g, ' ')}`;
    const where = via === null ? 'CI' : `${via} calls this, which`;
    return [
      {
        file,
        line,
        message: `${where} runs ${what}: what it changes is in nobody's plan, and nobody approved it.`,
        fix: 'Commit the manifest and let it be synced; "plumbline sync" waits for it where CI has to.',
      },
    ];
  });
}

/** Whether the command is only spoken of. */
function isSaid(text: string, at: number): boolean {
  return /(?:echo|printf)\s+[^|;&]*$/.test(text.slice(0, at)) || /^\s*-?\s*name:/.test(text);
}

function calledFrom(
  path: string,
  lines: readonly Line[],
  files: ReadonlyMap<string, string>,
): { path: string; target: string | null }[] {
  return lines.flatMap(({ text }) => [
    ...Array.from(text.matchAll(SCRIPT_NAME), ([, name]) => name!).flatMap((name) => {
      const candidates = [posix.normalize(name), posix.join(posix.dirname(path), name)];
      const script = candidates.find((candidate) => files.has(candidate));
      return script === undefined ? [] : [{ path: script, target: null }];
    }),
    ...Array.from(text.matchAll(MAKE), ([, target]) => ({ path: 'Makefile', target: target! })),
  ]);
}
