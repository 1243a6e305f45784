/** Somebody who speaks, under one or several names. */
export interface Voice {
  by: string;
  aliases: readonly string[];
}

/** A word of somebody; null: nobody vouches for the name. */
type SignedVoice = Voice & { signature: string | null };

/** What stands before a name that somebody only says is theirs: at many identity providers people choose theirs. */
const CLAIMED = 'claimed:';

/** Names as they stand among the aliases of somebody's word when nobody but themselves vouches for them. */
export function claimedNames(names: readonly string[]): string[] {
  return names.map((name) => `${CLAIMED}${name}`);
}

/** All names of somebody, in lower case, those that they only claim, too: by these nobody gets a right, but may lose one. */
export function namesOf({ by, aliases }: Voice): string[] {
  return spelled([by, ...aliases.map(withoutClaim)]);
}

/** The names that give rights: the identity itself, and those that the config has. */
export function vouchedNames({ by, aliases }: Voice): string[] {
  return spelled([by, ...aliases.filter((alias) => !alias.startsWith(CLAIMED))]);
}

/** A name without the sign that it is only claimed. */
export function withoutClaim(alias: string): string {
  return alias.startsWith(CLAIMED) ? alias.slice(CLAIMED.length) : alias;
}

/** In lower case. The private address that GitHub gives a login stands for that login, too. */
function spelled(texts: readonly string[]): string[] {
  return texts.flatMap((text) => {
    const name = text.trim().toLowerCase().replace(/^@/, '');
    const login = /^(?:\d+\+)?([a-z0-9-]+(?:\[bot\])?)@users\.noreply\.github\.com$/.exec(name)?.[1];
    return [name, ...(login === undefined ? [] : [login])].filter((each) => each !== '');
  });
}

/** Whether two may be the same person: they share a name, if only by what one of them claims. */
export function samePerson(a: Voice, b: Voice): boolean {
  const names = namesOf(a);
  return namesOf(b).some((name) => names.includes(name));
}

/** Whether two are surely the same person, so that one may take back what the other has said. */
export function surelySame(a: Voice, b: Voice): boolean {
  const names = vouchedNames(a);
  return vouchedNames(b).some((name) => names.includes(name));
}

/**
 * The last word of each person, in the order given. Signed and unsigned words are kept apart, so that nobody can take back
 * what somebody signed by speaking in their name.
 */
export function latestByPerson<T extends Voice & { signature: string | null }>(voices: readonly T[]): T[] {
  return voices.filter(
    (voice, index) =>
      !voices
        .slice(index + 1)
        .some(
          (later) => (later.signature === null) === (voice.signature === null) && surelySame(voice, later),
        ),
  );
}

/**
 * Whether a person has said, or taken back, something signed after a time: an older signed word of theirs, sent again or kept
 * back, must not undo it.
 */
export function hasSpokenSince(
  words: readonly (Voice & { signature: string | null; at: string; withdrawnAt: string | null })[],
  person: Voice,
  at: string,
): boolean {
  const since = Date.parse(at);
  return words.some(
    (word) =>
      word.signature !== null &&
      samePerson(word, person) &&
      [word.at, word.withdrawnAt].some((time) => time !== null && Date.parse(time) > since),
  );
}

/** In the embedded form one operator can speak unsigned in any name, and signed as the local user. */
export function bothLocal(a: SignedVoice, b: SignedVoice): boolean {
  const isLocal = (voice: SignedVoice): boolean => voice.signature === null || voice.by.startsWith('local:');
  return isLocal(a) && isLocal(b) && (a.signature === null || b.signature === null);
}
