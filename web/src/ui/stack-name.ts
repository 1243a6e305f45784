/**
 * A stack's key as people read it: the characters that stand in it as `~` and two hex digits per byte are put back. A key
 * whose bytes are no text stays as it is.
 */
export function stackName(key: string): string {
  return key.replaceAll(/(?:~[0-9a-f]{2})+/g, (escaped) => {
    try {
      return decodeURIComponent(escaped.replaceAll('~', '%'));
    } catch {
      return escaped;
    }
  });
}
