import type { RepoGit } from './repo-git.ts';

/** Somebody's name and email as a commit has them. */
export interface CommitPerson {
  name: string;
  email: string;
}

/** What GitHub writes as committer of everything done in its web pages: nobody. */
const WEB_FLOW = 'noreply@github.com';
const CONTACT = /^([^<>\n]*?)\s*<([^<>\s]+)>$/;

/** Whether a committer is a host's own, for what people did in its pages. */
export function isWebFlow(person: CommitPerson): boolean {
  return person.email.toLowerCase() === WEB_FLOW;
}

/** The person that a `Co-authored-by` trailer names, or null when it names none. */
export function parseContact(text: string): CommitPerson | null {
  const match = CONTACT.exec(text.trim());
  return match ? { name: match[1]!.trim(), email: match[2]! } : null;
}

/** Everybody once, by email in lower case, in the order given; those without an email are left out. */
export function uniquePeople(people: readonly CommitPerson[]): CommitPerson[] {
  const known = new Map<string, CommitPerson>();
  for (const person of people) {
    const key = person.email.toLowerCase();
    if (key !== '' && !known.has(key)) known.set(key, person);
  }
  return [...known.values()];
}

/**
 * Whom the `.mailmap` of a commit names in these people's place; undefined: nobody. Both names count, the one in the commit
 * and the one it stands for: the file is written by those whom it names, and must hide nobody.
 */
export async function readMailmap(
  git: RepoGit,
  commit: string,
  people: readonly CommitPerson[],
): Promise<(person: CommitPerson) => CommitPerson | undefined> {
  const blob = await mailmapBlob(git, commit);
  const lines = people.filter(({ email }) => CONTACT.test(`x <${email}>`)).map(contactOf);
  const asked = [...new Set(lines)];
  if (blob === null || asked.length === 0) return () => undefined;
  const args = ['-c', `mailmap.blob=${blob}`, '-c', 'mailmap.file=', 'check-mailmap', '--stdin'];
  const { stdout } = await git(args, { input: asked.map((line) => `${line}\n`).join('') });
  // Answered line by line.
  const answers = stdout.split('\n').map((line) => parseContact(line) ?? undefined);
  const known = new Map(asked.map((line, index) => [line, answers[index]]));
  return (person) => known.get(contactOf(person));
}

function contactOf({ name, email }: CommitPerson): string {
  return `${name.replaceAll(/[<>\r\n]/g, ' ').trim()} <${email}>`;
}

async function mailmapBlob(git: RepoGit, commit: string): Promise<string | null> {
  const { stdout } = await git(['ls-tree', '-z', '--full-tree', commit, '--', '.mailmap']);
  const match = /^100(?:644|755) blob ([0-9a-f]+)\t/.exec(stdout);
  return match?.[1] ?? null;
}
