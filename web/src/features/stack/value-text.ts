const COMPACT = 56;

/** A value as text for people: strings as they are, JSON inside of strings and structures over several lines. */
export function valueText(value: unknown): string {
  const compact = JSON.stringify(value);
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'string') return prettyJson(value) ?? (value === '' ? '""' : value);
  if (typeof value !== 'object' || compact.length <= COMPACT) return compact.replaceAll(',"', ', "');
  return JSON.stringify(value, null, 2);
}

/** Policies and the like arrive as JSON in a string: shown as the structure that they are. */
function prettyJson(text: string): string | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' ? JSON.stringify(parsed, null, 2) : undefined;
  } catch {
    return undefined;
  }
}
