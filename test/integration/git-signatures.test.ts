import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CommitSettings } from '../../src/domain/settings.ts';
import { aPerson, createSshKey, createWorkClone, type WorkClone } from '../support/git-work.ts';
import {
  aRepo,
  createTestCache,
  createTestRepo,
  failureOf,
  type TestCache,
  type TestRepo,
} from '../support/git.ts';

const run = promisify(execFile);
const ALICE = aPerson('Alice');

describe('commits that nobody trusted signed', () => {
  let repo: TestRepo;
  let work: WorkClone;
  let test: TestCache;
  let folder: string;
  let key: { path: string; publicKey: string };
  let strangerKey: { path: string; publicKey: string };

  beforeEach(async () => {
    repo = await createTestRepo();
    work = await createWorkClone(repo.path);
    test = await createTestCache();
    folder = await mkdtemp(join(tmpdir(), 'plumbline-keys-'));
    key = await createSshKey(folder, 'alice key');
    strangerKey = await createSshKey(folder, 'stranger');
  });
  afterEach(async () => {
    await Promise.all([
      repo.remove(),
      work.remove(),
      test.remove(),
      rm(folder, { recursive: true, force: true }),
    ]);
  });

  async function signers(text: string): Promise<CommitSettings> {
    const allowedSigners = join(folder, 'allowed signers');
    await writeFile(allowedSigners, text);
    return settings(allowedSigners);
  }
  function settings(allowedSigners: string | null): CommitSettings {
    return { authorName: 'Plumbline', authorEmail: 'plumbline@example.com', signing: null, allowedSigners };
  }
  async function unsigned(
    base: string | null,
    commit: string,
    commits: CommitSettings,
    paths: string[] = [],
  ) {
    return await test.cache.unsignedCommits(aRepo(repo.path), { base, commit, paths }, commits);
  }

  it('lists what is not signed, or by a key that is not trusted, and says why', async () => {
    const base = await work.commit({ a: '1' });
    const plain = await work.commit({ a: '2' }, { author: ALICE });
    await work.commit({ a: '3' }, { author: ALICE, sshKey: key.path });
    const strange = await work.commit({ a: '4' }, { author: aPerson('Mallory'), sshKey: strangerKey.path });
    const commit = await work.commit({ a: '5' }, { author: ALICE, sshKey: key.path });
    await work.push();

    const trusted = await signers(`# people\nalice@example.com ${key.publicKey}\n`);
    expect(await unsigned(base, commit, trusted)).toEqual([
      {
        commit: strange,
        author: 'Mallory <mallory@example.com>',
        why: expect.stringContaining('not trusted'),
      },
      { commit: plain, author: 'Alice <alice@example.com>', why: 'it has no signature' },
    ]);
    expect(await unsigned(strange, commit, trusted)).toEqual([]);
    const touching = async (path: string) =>
      await test.cache.unsignedCommits(
        aRepo(repo.path),
        { base: plain, commit, paths: [path], touching: true },
        trusted,
      );
    expect((await touching('a')).map((each) => each.commit)).toEqual([strange]);
    expect(await touching('b')).toEqual([]);
    expect(await unsigned(base, commit, await signers(''))).toHaveLength(4);
  });

  it('checks, without a base, all that ever touched the paths', async () => {
    const first = await work.commit({ 'a/x': '1' });
    await work.commit({ 'b/x': '1' }, { author: ALICE, sshKey: key.path });
    const commit = await work.commit({ 'c/x': '1' }, { author: ALICE });
    await work.push();
    const trusted = await signers(`alice@example.com ${key.publicKey}\n`);
    expect(await unsigned(null, commit, trusted, ['a'])).toMatchObject([{ commit: first }]);
    expect(await unsigned(null, commit, trusted, ['b'])).toEqual([]);
    expect(await unsigned(null, commit, trusted, ['d'])).toEqual([]);
    expect(await unsigned(null, commit, trusted)).toHaveLength(2);
  });

  it('trusts no history, without a base, that is too long to check', async () => {
    let commit = '';
    const lines = Array.from({ length: 501 }, (_, index) => [
      `commit refs/heads/main`,
      `committer Alice <alice@example.com> ${1_700_000_000 + index} +0000`,
      'data 1\nx',
      `M 100644 inline a\ndata ${String(index).length}\n${index}\n`,
    ]).flat();
    await repo.git(['fast-import', '--quiet', '--force'], `${lines.join('\n')}\n`);
    commit = (await repo.git(['rev-parse', 'refs/heads/main'])).trim();
    const found = await unsigned(null, commit, await signers(`alice@example.com ${key.publicKey}\n`));
    expect(found).toMatchObject([{ commit, why: expect.stringContaining('too many') }]);
  });

  it('sees a commit that was changed after it was signed', async () => {
    const base = await work.commit({ a: '1' });
    const signed = await work.commit({ a: '2' }, { author: ALICE, sshKey: key.path });
    await work.push();
    const raw = await repo.git(['cat-file', 'commit', signed]);
    const forged = (
      await repo.git(['hash-object', '-t', 'commit', '-w', '--stdin'], raw.replace('change', 'chance'))
    ).trim();
    await repo.git(['update-ref', 'refs/heads/main', forged]);

    const trusted = await signers(`alice@example.com ${key.publicKey}\n`);
    expect(await unsigned(base, forged, trusted)).toMatchObject([
      { commit: forged, why: expect.stringContaining('bad') },
    ]);
  });

  it('trusts what the user of this machine trusts when there is no file, and nothing else', async () => {
    const base = await work.commit({ a: '1' });
    const commit = await work.commit({ a: '2' }, { author: ALICE, sshKey: key.path });
    await work.push();
    expect(await unsigned(base, commit, settings(null))).toMatchObject([{ commit }]);

    await writeFile(join(test.home, 'signers'), `alice@example.com ${key.publicKey}\n`);
    await writeFile(join(test.home, '.gitconfig'), '[gpg "ssh"]\n\tallowedSignersFile = ~/signers\n');
    expect(await unsigned(base, commit, settings(null))).toEqual([]);
    expect(await unsigned(base, commit, await signers(''))).toMatchObject([{ commit }]);
  });

  it('takes PGP keys from the file, and only those', async () => {
    const gnupg = await mkdtemp(join(tmpdir(), 'pgp-'));
    const gpg = async (...args: string[]) =>
      (
        await run('gpg', ['--batch', '--no-tty', '--homedir', gnupg, ...args], {
          env: { PATH: process.env.PATH },
        })
      ).stdout;
    try {
      await gpg('--passphrase', '', '--quick-gen-key', 'Alice <alice@example.com>', 'ed25519', 'sign', '0');
      const base = await work.commit({ a: '1' });
      await run('git', ['commit', '--quiet', '--allow-empty', '-S', '-m', 'signed'], {
        cwd: work.path,
        env: {
          PATH: process.env.PATH,
          HOME: folder,
          GNUPGHOME: gnupg,
          GIT_AUTHOR_NAME: 'Alice',
          GIT_AUTHOR_EMAIL: 'alice@example.com',
          GIT_COMMITTER_NAME: 'Alice',
          GIT_COMMITTER_EMAIL: 'alice@example.com',
        },
      });
      const commit = await work.git('rev-parse', 'HEAD');
      await work.push();

      const exported = await gpg('--armor', '--export', 'alice@example.com');
      expect(
        await unsigned(base, commit, await signers(`alice@example.com ${key.publicKey}\n${exported}`)),
      ).toEqual([]);
      const [missing] = await unsigned(base, commit, await signers(`alice@example.com ${key.publicKey}\n`));
      expect(missing).toMatchObject({ commit, why: expect.stringContaining('can not be checked') });
    } finally {
      await run('gpgconf', ['--homedir', gnupg, '--kill', 'all'], { env: { PATH: process.env.PATH } }).catch(
        () => undefined,
      );
      await rm(gnupg, { recursive: true, force: true });
    }
  });

  it('trusts a commit of its own that was signed by the GPG key of the settings', async () => {
    const gnupg = await mkdtemp(join(tmpdir(), 'pgp-'));
    const gpg = async (...args: string[]) =>
      (
        await run('gpg', ['--batch', '--no-tty', '--homedir', gnupg, ...args], {
          env: { PATH: process.env.PATH },
        })
      ).stdout;
    const own = await createTestCache({
      baseEnv: { PATH: process.env.PATH ?? '', HOME: folder, GNUPGHOME: gnupg },
    });
    try {
      await gpg(
        '--passphrase',
        '',
        '--quick-gen-key',
        'Plumbline <plumbline@example.com>',
        'ed25519',
        'sign',
        '0',
      );
      const then = await work.commit({ a: '1' });
      const tip = await work.commit({ a: '2' });
      await work.push();
      const trusted = await signers(await gpg('--armor', '--export', 'plumbline@example.com'));
      const signing = { format: 'gpg', key: 'plumbline@example.com' } as const;
      const revert = { branch: null, paths: ['a'], toCommit: then, message: 'back', author: ALICE };
      const made = await own.cache.revertPaths(aRepo(repo.path), revert, { ...trusted, signing });
      expect(await unsigned(tip, made.commit, trusted)).toEqual([]);
      expect(await unsigned(tip, made.commit, await signers(''))).toHaveLength(1);
    } finally {
      await run('gpgconf', ['--homedir', gnupg, '--kill', 'all'], { env: { PATH: process.env.PATH } }).catch(
        () => undefined,
      );
      await rm(gnupg, { recursive: true, force: true });
      await own.remove();
    }
  });

  it('says which file is missing', async () => {
    const commit = await work.commit({ a: '1' });
    await work.push();
    const error = await failureOf(unsigned(null, commit, settings('/nowhere/signers')));
    expect(error).toMatchObject({ code: 'secret_missing' });
    expect(error.message).toContain('/nowhere/signers');
  });
});
