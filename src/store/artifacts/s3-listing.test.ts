import { describe, expect, it } from 'vitest';
import { parseListing } from './s3-listing.ts';

const object = (key: string, time: string) =>
  `<Contents><Key>${key}</Key><LastModified>${time}</LastModified><Size>1</Size></Contents>`;
const page = (content: string) =>
  `<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</ListBucketResult>`;

describe('parseListing', () => {
  it('reads keys and times, as they are encoded', () => {
    const xml = page(
      object('a/b', '2026-01-02T03:04:05.000Z') + object('a%20b/c+d%2B&amp;', '2026-01-02T03:04:06.000Z'),
    );
    expect(parseListing(xml)).toEqual({
      objects: [
        { key: 'a/b', modifiedMs: Date.parse('2026-01-02T03:04:05Z') },
        { key: 'a b/c d+&', modifiedMs: Date.parse('2026-01-02T03:04:06Z') },
      ],
      next: null,
    });
  });

  it('says how to go on', () => {
    expect(parseListing(page('<NextContinuationToken>x&amp;&#61;</NextContinuationToken>')).next).toBe('x&=');
  });

  it('leaves out what it can not read', () => {
    expect(parseListing(page(object('a', 'yesterday') + object('%E0%A4%A', '2026-01-02T03:04:05Z')))).toEqual(
      {
        objects: [],
        next: null,
      },
    );
  });
});
