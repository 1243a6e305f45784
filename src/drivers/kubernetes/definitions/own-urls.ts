/** A Git URL in one form, whatever the scheme, the account, the port's default and the ending: `git.example.com/home/homelab`. */
export function gitUrl(url: string): string {
  const scp = /^(?:[^@/\s]+@)?([\w.-]+):(?!\/\/)(.+)$/.exec(url);
  const isScp = scp !== null && !/^[a-z][a-z0-9+.-]*:\/\//i.test(url);
  const plain = isScp ? `${scp[1]}/${scp[2]}` : url.replace(/^[a-z][a-z0-9+.-]*:\/\/(?:[^@/]*@)?/i, '');
  const [host = '', ...path] = plain.replace(/[?#].*$/, '').split('/');
  const bare = [host.toLowerCase().replace(/:(?:22|80|443)$/, ''), ...path.filter((part) => part !== '')];
  return bare.join('/').replace(/\.git$/, '');
}

/** Whether a URL is this repository's; undefined when it isn't known which URLs are. */
export function isOwnUrl(url: string, own: readonly string[]): boolean | undefined {
  return own.length === 0 ? undefined : own.includes(gitUrl(url));
}
