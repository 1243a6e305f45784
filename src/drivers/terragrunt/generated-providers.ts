import { attributeOf, scanHcl } from '../terraform/hcl-scan.ts';

/** Files with these may ask for providers that they don't name. */
const MORE = /\b(?:required_providers|module|resource|data)\b/;

/**
 * Names of the providers that the files configure which a unit generates.
 * @returns undefined when such a file may ask for others too, or can't be read without evaluating it, and when init may be
 *   told to take newer ones
 */
export function generatedProviders(texts: readonly string[]): string[] | undefined {
  const names: string[] = [];
  // An init with -upgrade takes others than those that are locked.
  if (texts.some((text) => text.includes('-upgrade'))) return undefined;
  for (const items of texts.map((text) => scanHcl(text))) {
    if (attributeOf(items, 'generate') !== undefined) return undefined;
    for (const block of items.blocks.filter(({ type }) => type === 'generate')) {
      const contents = attributeOf(scanHcl(block.body), 'contents') ?? '';
      if (!/^(?:<<|")/.test(contents) || MORE.test(contents)) return undefined;
      for (const [, name] of contents.matchAll(/\bprovider\s+\\?"([\w-]+)/g)) names.push(name!);
    }
  }
  return names;
}
