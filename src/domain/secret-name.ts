/** Words that make a name look like that of a secret. */
const SECRET_WORDS =
  /(^|_)(password|passwd|passphrase|pwd|pat|secrets?|tokens?|credentials?|apikey|(api|access|private|account|encryption|signing)_?keys?)(_|$)/;

/** Endings that say that the value only points at a secret, or identifies it. */
const HARMLESS_ENDINGS = /_(env|path|file|dir|id|url|name|ttl|expiry|endpoint|username|length)$/;

/** Whether a value under this name (an environment variable, a key of a config) is probably a secret. */
export function looksSecret(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toLowerCase();
  return SECRET_WORDS.test(words) && !HARMLESS_ENDINGS.test(words);
}
