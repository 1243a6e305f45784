import { describe, expect, it } from 'vitest';
import { auditQueryOf, isNarrowed, parseAuditFilters, writeAuditFilters } from './audit-filters.ts';

describe('parseAuditFilters', () => {
  it('takes what the URL says and passes over days that are none', () => {
    const params = new URLSearchParams('actor=alice%40example.com&from=2026-01-02&to=soon');
    expect(parseAuditFilters(params)).toEqual({
      actor: 'alice@example.com',
      action: '',
      repo: '',
      from: '2026-01-02',
      to: '',
    });
  });
});

describe('writeAuditFilters', () => {
  it('changes what is given, leaves out what is empty, and keeps what is not its own', () => {
    const now = new URLSearchParams('actor=bob&report=sox&repo=core');
    expect(writeAuditFilters(now, { actor: '', action: 'apply.started' }).toString()).toBe(
      'report=sox&repo=core&action=apply.started',
    );
  });
});

describe('auditQueryOf', () => {
  it('spans whole days of UTC', () => {
    const filters = parseAuditFilters(new URLSearchParams('from=2026-01-02&to=2026-01-02&actor=%20bob%20'));
    expect(auditQueryOf(filters)).toEqual({
      actor: 'bob',
      from: '2026-01-02T00:00:00.000Z',
      to: '2026-01-02T23:59:59.999Z',
    });
  });

  it('asks for nothing in particular without filters', () => {
    const none = parseAuditFilters(new URLSearchParams());
    expect(auditQueryOf(none)).toEqual({});
    expect(isNarrowed(none)).toBe(false);
  });
});
