/** The repo's name in a page's address. */
export function getRepoName(params: Readonly<Record<string, string | undefined>>): string {
  return params['repo'] ?? '';
}
