/** Somebody who speaks, under one or several names. */
export interface Voice {
  by: string;
  aliases: readonly string[];
}

/** All names of somebody, in lower case. The private address that GitHub gives a login stands for that login, too. */
export function namesOf(voice: Voice): string[] {
  return [voice.by, ...voice.aliases].flatMap((text) => {
    const name = text.trim().toLowerCase().replace(/^@/, '');
    const login = /^(?:\d+\+)?([a-z0-9-]+(?:\[bot\])?)@users\.noreply\.github\.com$/.exec(name)?.[1];
    return [name, ...(login === undefined ? [] : [login])].filter((each) => each !== '');
  });
}

/** Whether two are the same person: they share a name. */
export function samePerson(a: Voice, b: Voice): boolean {
  const names = namesOf(a);
  return namesOf(b).some((name) => names.includes(name));
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
          (later) => (later.signature === null) === (voice.signature === null) && samePerson(voice, later),
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
