import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gitAnchor } from '../../src/cli/processes/git-anchor.ts';
import type { RepoSettings } from '../../src/domain/settings.ts';
import { createAuditAnchor, type HeadAnchor } from '../../src/store/audit-anchor.ts';
import { verifyAudit } from '../../src/store/audit-check.ts';
import { openStore } from '../../src/store/open.ts';
import { loadSigningKey, type SigningKey } from '../../src/store/signing-key.ts';
import type { Store } from '../../src/store/store.ts';
import { createRevertTest, type RevertTest, UNSIGNED, WRITE_TOKEN } from '../support/git-revert.ts';
import { createTestCache } from '../support/git.ts';
import { minute } from './store-builders.ts';
import { anEntry } from './store-control-builders.ts';

const REF = 'refs/heads/plumbline-audit';

let dataDir: string;
let store: Store;
let key: SigningKey;
let site: RevertTest;
let repo: RepoSettings;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'plumbline-git-anchor-'));
  store = await openStore({ url: null, dataDir });
  key = await loadSigningKey({ dataDir, create: true });
  site = await createRevertTest();
  repo = await site.overHttp();
});

afterEach(async () => {
  await site?.remove();
  await store?.close();
  await rm(dataDir, { recursive: true, force: true });
});

const anchorOf = (ref = REF, git = site.test.cache): HeadAnchor & { read(): Promise<unknown[]> } =>
  gitAnchor({ git, repo, ref, commits: UNSIGNED });
const messages = async (ref = REF) => (await site.repo.git(['log', '--format=%s', ref])).trim().split('\n');

/** Adds a record, and anchors its head. */
async function anchorNext(anchor: HeadAnchor): Promise<void> {
  await store.audit.append(anEntry({}));
  await createAuditAnchor({ store, key, anchors: [anchor] }).tick(minute(9), { force: true });
}

describe('an anchor in Git', () => {
  it('has each head as a commit on top of the one before, and confirms the chain', async () => {
    const main = await site.repo.commit({ 'a.tf': '' });
    const anchor = anchorOf();
    expect(anchor.outside).toBe(true);
    expect(anchor.name).not.toContain(WRITE_TOKEN);
    expect(await anchor.read()).toEqual([]);
    for (let index = 0; index < 3; index += 1) await anchorNext(anchor);
    expect(await messages()).toEqual(['Audit head 3', 'Audit head 2', 'Audit head 1']);
    expect((await site.repo.git(['rev-parse', 'main'])).trim()).toBe(main);
    const verify = (text: string, signature: string) => key.verify(text, signature);
    expect(await verifyAudit(store, { verify, anchors: [anchor] })).toMatchObject({
      ok: true,
      anchoredTo: 3,
    });
    // Of another chain the anchor has no head: somebody wrote all of it anew.
    const list: Store['audit']['list'] = async (query) =>
      (await store.audit.list(query)).map((record) => ({ ...record, actor: 'mallory' }));
    const forged = { audit: { ...store.audit, list, heads: async () => [] } };
    const { ok, problems } = await verifyAudit(forged, { verify, anchors: [anchor] });
    expect([ok, problems.some(({ kind }) => kind === 'edited')]).toEqual([false, true]);
  });

  it('is written on an empty host, and to a ref that is no branch', async () => {
    const anchor = anchorOf('refs/plumbline/audit');
    await anchorNext(anchor);
    await anchorNext(anchor);
    expect(await anchor.read()).toMatchObject([{ seq: 1 }, { seq: 2 }]);
    expect((await site.repo.git(['for-each-ref', '--format=%(refname)'])).trim()).toBe(
      'refs/plumbline/audit',
    );
  });

  it('goes on where another process has written, and forces nothing when somebody pushes meanwhile', async () => {
    const first = await site.repo.commit({ 'kept.txt': 'kept' });
    const other = await createTestCache({ secrets: site.test.options.secrets });
    await anchorNext(anchorOf('refs/heads/main'));
    await anchorNext(anchorOf('refs/heads/main', other.cache));
    await site.overtake(2);
    await anchorNext(anchorOf('refs/heads/main'));
    const log = await messages('main');
    expect(log.filter((subject) => subject.startsWith('theirs'))).toHaveLength(2);
    expect(log.filter((subject) => subject.startsWith('Audit head'))).toHaveLength(3);
    expect(await site.repo.git(['merge-base', '--is-ancestor', first, 'main'])).toBe('');
    expect(await site.repo.git(['show', 'main:kept.txt'])).toBe('kept');
    await other.remove();
  });

  it('that the host refuses is an error with the reason, which is tried again', async () => {
    await site.hook('pre-receive', 'echo "This ref is protected"; exit 1');
    const anchor = createAuditAnchor({ store, key, anchors: [anchorOf()] });
    await store.audit.append(anEntry({}));
    await expect(anchor.tick(minute(9), { force: true })).rejects.toMatchObject({
      code: 'audit_anchor_failed',
      retryable: true,
      cause: { code: 'push_refused', message: expect.stringContaining('This ref is protected') },
    });
    expect([...anchor.failures().values()]).toEqual([{ since: minute(9), code: 'push_refused' }]);
    await site.hook('pre-receive', 'exit 0');
    await anchor.tick(minute(10));
    expect(anchor.failures().size).toBe(0);
    expect(await messages()).toEqual(['Audit head 1']);
  });
});
