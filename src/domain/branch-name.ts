/** What Git itself forbids in a branch's name (git-check-ref-format), and names that look like options. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const FORBIDDEN = /[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|^[-/.]|\/\.|\.lock(?:\/|$)|[/.]$|^@$/;

/** Whether Git takes a text for a branch's name, and nothing takes it for an option or a pattern. */
export function isBranchName(text: string): boolean {
  return text !== '' && !FORBIDDEN.test(text);
}
