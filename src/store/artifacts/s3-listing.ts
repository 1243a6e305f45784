/** A page of a bucket's objects, as S3's ListObjectsV2 answers it. */
export interface Listing {
  objects: { key: string; modifiedMs: number }[];
  /** What the next page is asked for with; null: this was the last. */
  next: string | null;
}

/** Reads a page that was asked for with `encoding-type=url`. Objects without a readable key and time are left out. */
export function parseListing(xml: string): Listing {
  const objects = [...xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)].flatMap(([, content = '']) => {
    const key = textOf(content, 'Key');
    const modifiedMs = Date.parse(textOf(content, 'LastModified') ?? '');
    const plain = key === undefined ? undefined : decoded(key);
    return plain === undefined || Number.isNaN(modifiedMs) ? [] : [{ key: plain, modifiedMs }];
  });
  const token = textOf(xml, 'NextContinuationToken');
  return { objects, next: token === undefined ? null : unescaped(token) };
}

function textOf(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
}

function decoded(key: string): string | undefined {
  try {
    return decodeURIComponent(unescaped(key).replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

function unescaped(text: string): string {
  return text.replace(/&(?:#(\d+)|(lt|gt|quot|apos|amp));/g, (_, code?: string, name?: string) =>
    code === undefined ? ENTITIES[name ?? '']! : String.fromCodePoint(Number(code)),
  );
}
