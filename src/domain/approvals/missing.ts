import type { Approval } from './approval.ts';
import { isOwner } from './codeowners.ts';

/** A person who approves; what an unsigned decision says of teams and names is nobody's word, so those are left out. */
export interface Approver {
  by: string;
  teams: readonly string[];
  aliases: readonly string[];
}

/** How many more people have to approve, in words. */
export function missingCount(count: number): string[] {
  if (count <= 0) return [];
  return [count === 1 ? 'one more approval' : `${count} more approvals`];
}

/** One line per team that nobody has spoken for. */
export function missingTeams(approval: Approval, people: readonly Approver[]): string[] {
  return approval.requirement.teams
    .filter(
      (team) =>
        !people.some((person) => person.teams.some((own) => own.toLowerCase() === team.toLowerCase())),
    )
    .map((team) => `an approval of team ${team}`);
}

/** One line per set of owners that nobody has spoken for, whatever the number of files. */
export function missingOwners(approval: Approval, people: readonly Approver[]): string[] {
  const groups = new Map<string, string[]>();
  for (const { path, owners } of approval.requirement.codeOwners) {
    const unsigned =
      owners.length > 0 && !owners.some((owner) => people.some((person) => ownsAs(owner, person)));
    if (unsigned) groups.set(owners.join(' or '), [...(groups.get(owners.join(' or ')) ?? []), path]);
  }
  return [...groups].map(([owners, [first, ...more]]) => {
    const files = more.length === 0 ? first : `${first} and ${more.length} more`;
    return `an approval of a code owner (${owners}) for ${files}`;
  });
}

/** An approver of whom nothing is signed owns nothing: only `aliases` and `teams` hold what was vouched for. */
function ownsAs(owner: string, person: Approver): boolean {
  return isOwner(owner, { by: '', aliases: person.aliases, teams: person.teams });
}
