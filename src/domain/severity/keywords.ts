import { SEVERITIES, type Severity } from '../change.ts';

/** The words that decide where no rule does, by the severity that they stand for. The config may replace each list. */
export const DEFAULT_KEYWORDS: Readonly<Record<Severity, readonly string[]>> = {
  critical: ['security', 'rbac', 'secrets', 'certificates'],
  high: ['resources', 'networking', 'storage'],
  medium: ['configurations', 'labels', 'annotations'],
  low: ['metadata', 'descriptions'],
};

/** A word of a keyword list that was found, with its severity. */
export interface KeywordMatch {
  severity: Severity;
  keyword: string;
}

/** The worst keyword that occurs in the text as a word or as a part of a compound (`securityContext`, `secret_name`). */
export function matchKeywords(
  text: string,
  keywords: Readonly<Record<Severity, readonly string[]>>,
): KeywordMatch | null {
  const words = splitWords(text);
  for (const severity of SEVERITIES) {
    const keyword = keywords[severity].find((candidate) => containsWords(words, splitWords(candidate)));
    if (keyword !== undefined) return { severity, keyword };
  }
  return null;
}

/** Lower-case words of an identifier or pointer, each in its base form. */
function splitWords(text: string): string[] {
  return text
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .map(baseForm);
}

/** Abbreviations that everybody writes. */
const LONG_FORMS: Readonly<Record<string, string>> = { config: 'configuration', cert: 'certificate' };

/** Singular instead of plural, `network` for `networking`: enough for technical nouns. */
function baseForm(word: string): string {
  const singular = singularOf(word);
  return Object.hasOwn(LONG_FORMS, singular) ? LONG_FORMS[singular]! : singular;
}

function singularOf(word: string): string {
  if (word.length > 4 && word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (word.length > 3 && word.endsWith('s') && !/(ss|us|is)$/.test(word)) return word.slice(0, -1);
  if (word.length > 6 && word.endsWith('ing')) return word.slice(0, -3);
  return word;
}

function containsWords(words: readonly string[], wanted: readonly string[]): boolean {
  if (wanted.length === 0) return false;
  return words.some((_, start) => wanted.every((word, index) => words[start + index] === word));
}
