/** A value as text for people: strings as they are, JSON inside of strings and structures over several lines. */
export function valueText(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'string') return prettyJson(value) ?? (value === '' ? '""' : value);
  if (typeof value === 'object') return JSON.stringify(value, null, 2);
  return JSON.stringify(value);
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
