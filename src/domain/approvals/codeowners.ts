/** One line of a CODEOWNERS file that counts. */
export interface OwnerRule {
  pattern: string;
  /** `@login`, `@organisation/team` or an email address; empty: what matches is unowned. */
  owners: readonly string[];
  /** From 1. */
  line: number;
}

/** Where a CODEOWNERS file may stand, in the order in which it is looked for. */
export const CODEOWNERS_PATHS = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'] as const;

/** GitHub reads no file above this size. */
const MAX_BYTES = 3 * 1024 * 1024;
const OWNER = /^(@[A-Za-z0-9][\w.-]*(\/[\w.-]+)*|[^\s@]+@[^\s@]+)$/;

/**
 * Reads a CODEOWNERS file in GitHub's grammar: a pattern and its owners per line, `#` starts a comment, `\ ` is a space in a
 * pattern. Lines that GitHub can't read are skipped: patterns with `!` in front or with `[ ]`, owners that are neither
 * `@name` nor an email address. A file above 3 MB counts as empty.
 * @see https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
 */
export function parseCodeOwners(text: string): OwnerRule[] {
  if (Buffer.byteLength(text) > MAX_BYTES) return [];
  return text.split(/\r?\n/).flatMap((line, index): OwnerRule[] => {
    const [pattern, ...owners] = wordsOf(line);
    if (pattern === undefined || !isPattern(pattern)) return [];
    if (!owners.every((owner) => OWNER.test(owner))) return [];
    return [{ pattern, owners, line: index + 1 }];
  });
}

/** Who owns a file: the owners of the last rule that matches its path from the top of the repository; empty when nobody does. */
export function ownersOf(rules: readonly OwnerRule[], path: string): readonly string[] {
  return rules.findLast((rule) => matchesOwnerPattern(rule.pattern, path))?.owners ?? [];
}

/** Somebody who may be an owner: an ID, other names, teams. */
export interface PossibleOwner {
  by: string;
  aliases: readonly string[];
  teams: readonly string[];
}

/**
 * Whether somebody is an owner as CODEOWNERS names it. `@organisation/team` is a team of that name, with or without the
 * organisation in front; `@name` is a login or a team; anything else an email address. Case does not matter.
 */
export function isOwner(owner: string, person: PossibleOwner): boolean {
  const name = owner.toLowerCase();
  const names = [person.by, ...person.aliases].map((text) => text.toLowerCase().replace(/^@/, ''));
  if (!name.startsWith('@')) return names.includes(name);
  const plain = name.slice(1);
  const teams = person.teams.map((team) => team.toLowerCase().replace(/^@/, ''));
  const lastStep = plain.slice(plain.lastIndexOf('/') + 1);
  if (plain.includes('/')) return teams.includes(plain) || teams.includes(lastStep);
  return names.includes(plain) || teams.includes(plain);
}

/**
 * Whether a pattern of CODEOWNERS matches a path. As in `.gitignore`: a `/` in front or in the middle ties it to the top,
 * a `/` at the end means a folder, `*` and `?` stay within one step, `**` crosses steps, and what matches a folder matches
 * all that is in it, except that a last step `*` is about files alone (`docs/*` leaves out `docs/build/app.md`).
 */
export function matchesOwnerPattern(pattern: string, path: string): boolean {
  return matchesSteps(stepsOf(pattern), path.split('/'));
}

/** The words of a line up to a comment; `\` keeps the character after it, `\ ` in a pattern among them. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  for (const [word] of line.matchAll(/(?:\\.|[^\s\\])+|\\$/g)) {
    if (word.startsWith('#')) break;
    words.push(words.length === 0 ? word : word.replaceAll('\\', ''));
  }
  return words;
}

function isPattern(pattern: string): boolean {
  return !/^[!]|[[\]]/.test(pattern) && !pattern.startsWith('\\#') && !/^\/*$/.test(pattern);
}

/** The pattern in steps from the top, `**` for any number of them; folders end in `**`. */
function stepsOf(pattern: string): string[] {
  const folder = pattern.endsWith('/');
  const steps = pattern.split('/').filter((step) => step !== '');
  const anchored = pattern.slice(0, -1).includes('/');
  const top = anchored ? steps : ['**', ...steps];
  if (folder) return [...top, '**', '*'];
  const last = steps.at(-1) ?? '';
  // `docs/*` is only about files right in the folder.
  const inside = !(anchored && last === '*') && last !== '**';
  return inside ? [...top, '\0'] : top;
}

/** Matches in time that grows with steps times segments. The step NUL is an end, or a folder and what is in it. */
function matchesSteps(steps: readonly string[], segments: readonly string[]): boolean {
  // reachable[i]: the steps so far can have taken the first i segments.
  let reachable = segments.map((_, index) => index === 0).concat(false);
  for (const [index, step] of steps.entries()) {
    const next = reachable.map(() => false);
    for (let at = 0; at <= segments.length; at++) {
      if (!reachable[at]) continue;
      if (step === '\0') return true;
      if (step === '**') {
        // At the end of a pattern it means everything inside, so at least one step.
        const from = index === steps.length - 1 ? at + 1 : at;
        for (let to = from; to <= segments.length; to++) next[to] = true;
      } else if (at < segments.length && matchesStep(step, segments[at]!)) {
        next[at + 1] = true;
      }
    }
    reachable = next;
  }
  return reachable[segments.length] === true;
}

/** One step of a path: `*` is any run of characters, `?` any one, `\` keeps the next as it is. Linear for a single `*`. */
function matchesStep(pattern: string, text: string): boolean {
  const parts = [...pattern.matchAll(/\\(.)|([*?])|([^\\])/gs)].map(([, kept, wild, plain]) => ({
    wild: wild ?? null,
    char: kept ?? plain ?? '',
  }));
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    const part = parts[p];
    if (part?.wild === '*') {
      star = p++;
      resume = t;
    } else if (part && (part.wild === '?' || (part.wild === null && part.char === text[t]))) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return parts.slice(p).every((part) => part.wild === '*');
}
