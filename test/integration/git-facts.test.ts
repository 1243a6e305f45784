import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGitCache } from '../../src/git/git-cache.ts';
import { startGitHttpServer, type GitHttpServer } from '../support/git-http.ts';
import { aPerson, createWorkClone, type WorkClone } from '../support/git-work.ts';
import {
  aRepo,
  createTestCache,
  createTestRepo,
  failureOf,
  type TestCache,
  type TestRepo,
} from '../support/git.ts';

const [ALICE, BOB, CAROL, DAVE] = ['Alice', 'Bob', 'Carol', 'Dave'].map(aPerson);
const WEB_FLOW = { name: 'GitHub', email: 'noreply@github.com' };

describe.each(['a local repository', 'HTTP', 'HTTP without single commits', 'a plain web server'])(
  'what was committed, read from %s',
  (transport) => {
    let repo: TestRepo;
    let work: WorkClone;
    let test: TestCache;
    let server: GitHttpServer | undefined;
    let url: string;

    beforeEach(async () => {
      repo = await createTestRepo();
      work = await createWorkClone(repo.path);
      test = await createTestCache();
      url = repo.path;
      if (transport === 'a local repository') return;
      await repo.git(['config', 'uploadpack.allowFilter', String(transport === 'HTTP')]);
      const protocol = transport === 'HTTP' ? 'v2' : transport === 'a plain web server' ? 'dumb' : 'v0';
      server = await startGitHttpServer({ root: dirname(repo.path), protocol });
      url = server.url('repo.git');
    });
    afterEach(async () => {
      await server?.close();
      server = undefined;
      await Promise.all([repo.remove(), work.remove(), test.remove()]);
    });

    async function push(...args: string[]) {
      await work.push(...args);
      if (transport === 'a plain web server') await repo.git(['update-server-info']);
    }
    async function changes(base: string | null, commit: string, paths: string[] = []) {
      return await test.cache.changesSince(aRepo(url), { base, commit, paths });
    }
    function emails(result: { authors: { email: string }[] }) {
      return result.authors.map(({ email }) => email).sort();
    }

    it('names files and people of the commits in between, below the paths', async () => {
      const base = await work.commit({ 'a/main.tf': '1', 'b/main.tf': '1' }, { author: DAVE! });
      await work.commit({ 'a/main.tf': '2' }, { author: ALICE!, committer: WEB_FLOW });
      await work.commit({ 'b/main.tf': '2' }, { author: CAROL! });
      const message = 'more\n\nCo-authored-by: Carol <CAROL@example.com>\nCo-authored-by: not a person\n';
      const commit = await work.commit(
        { 'a/new "q" ü.tf': '1', 'b/main.tf': null },
        { author: BOB!, message },
      );
      await push();

      const below = await changes(base, commit, ['a']);
      expect(below.files).toEqual(['a/new "q" ü.tf', 'a/main.tf'].sort());
      expect(emails(below)).toEqual(['CAROL@example.com', 'alice@example.com', 'bob@example.com']);
      expect(below).toMatchObject({ lastCommitter: 'bob@example.com', commits: 2, note: null });

      const all = await changes(base, commit);
      expect(all.files).toEqual(['a/main.tf', 'a/new "q" ü.tf', 'b/main.tf']);
      expect(all.commits).toBe(3);
      expect((await changes(base, commit, ['*/main.tf'])).files).toEqual(['a/main.tf', 'b/main.tf']);
      expect(await changes(base, commit, ['c'])).toMatchObject({ files: [], authors: [], commits: 0 });
      expect(await changes(commit, commit)).toMatchObject({ files: [], authors: [], commits: 0, note: null });
    });

    it('takes for new, without a base, all that ever led to a commit, and everybody behind it', async () => {
      const root = await work.commit({ a: '1', b: '1' }, { author: ALICE! });
      const second = await work.commit({ a: null, c: '1' }, { author: BOB! });
      await work.git('checkout', '--quiet', '-b', 'side', root);
      await work.commit({ d: '1' }, { author: CAROL! });
      await work.git('checkout', '--quiet', 'main');
      await work.git('merge', '--quiet', '--no-ff', '-m', 'merge', 'side');
      const merge = await work.git('rev-parse', 'HEAD');
      await push();

      expect(await changes(null, root)).toMatchObject({ files: ['a', 'b'], authors: [ALICE], commits: 1 });
      expect(await changes(null, second)).toMatchObject({ files: ['b', 'c'], commits: 2, note: null });
      expect(emails(await changes(null, second))).toEqual([ALICE!.email, BOB!.email].sort());
      expect(await changes(null, second, ['b'])).toMatchObject({
        files: ['b'],
        authors: [ALICE],
        commits: 1,
      });
      expect(await changes(null, merge)).toMatchObject({ files: ['b', 'c', 'd'] });
      expect(emails(await changes(null, merge))).toEqual([ALICE!.email, BOB!.email, CAROL!.email].sort());
    });

    it('compares with the common commit after a force push, and says so', async () => {
      const root = await work.commit({ a: '1' }, { author: DAVE! });
      const base = await work.commit({ b: 'lost' }, { author: ALICE! });
      await push();
      // Known to this machine, since it was synced.
      await (await test.cache.checkout(aRepo(url), base)).release();
      await work.git('reset', '--quiet', '--hard', root);
      const commit = await work.commit({ c: 'new' }, { author: BOB! });
      await push('--force');
      await repo.git(['reflog', 'expire', '--expire=now', '--all']);
      await repo.git(['gc', '--quiet', '--prune=now']);

      const result = await changes(base, commit);
      expect(result).toMatchObject({ files: ['b', 'c'], authors: [BOB], commits: 1 });
      expect(result.note).toContain(`common commit ${root}`);
    });

    it('counts everything as new when nobody knows the earlier commit any more', async () => {
      await work.commit({ a: '1' }, { author: ALICE! });
      const commit = await work.commit({ b: '1' }, { author: BOB! });
      await push();
      const result = await changes('0123456789abcdef0123456789abcdef01234567', commit);
      expect(result).toMatchObject({ files: ['a', 'b'], commits: 2 });
      expect(emails(result)).toEqual(['alice@example.com', 'bob@example.com']);
      expect(result.note).toContain('not in the repository any more');
    });

    it('fetches what is new when it is asked again', async () => {
      const first = await work.commit({ a: '1' }, { author: ALICE! });
      await push();
      await changes(null, first);
      const second = await work.commit({ a: '2' }, { author: BOB! });
      await push();
      expect(await changes(first, second)).toMatchObject({ files: ['a'], authors: [BOB], commits: 1 });
    });

    it('reads a file and CODEOWNERS at a commit', async () => {
      const first = await work.commit({
        'docs/CODEOWNERS': 'docs',
        'x.txt': 'ü\r\n',
        link: { link: 'x.txt' },
      });
      const second = await work.commit({ CODEOWNERS: 'root', 'x.txt': null });
      const third = await work.commit({
        '.github/CODEOWNERS': '* @alice',
        CODEOWNERS: 'root',
        'big.bin': Buffer.alloc(1_048_577),
      });
      await push();
      const settings = aRepo(url);
      const read = async (commit: string, path: string) =>
        await test.cache.readFileAt(settings, { commit, path });

      expect(await read(first, 'x.txt')).toBe('ü\r\n');
      expect(await read(second, 'x.txt')).toBeUndefined();
      for (const path of ['link', 'docs', '../x.txt', '', ':(glob)*', '-x'])
        expect(await read(first, path).catch(() => 'refused')).not.toBe('ü\r\n');
      expect(await failureOf(read(third, 'big.bin'))).toMatchObject({ code: 'file_too_large' });
      const owners = async (commit: string) => await test.cache.readCodeOwners(settings, commit);
      expect(await owners(first)).toEqual({ path: 'docs/CODEOWNERS', text: 'docs' });
      expect(await owners(second)).toEqual({ path: 'CODEOWNERS', text: 'root' });
      expect(await owners(third)).toEqual({ path: '.github/CODEOWNERS', text: '* @alice' });
      const before = async (commit: string) => await test.cache.readCodeOwnersBefore(settings, commit);
      expect(await before(third)).toEqual({ path: 'CODEOWNERS', text: 'root' });
      expect(await before(first)).toEqual({ path: 'docs/CODEOWNERS', text: 'docs' });
    });
  },
);

describe('who is named by commits', () => {
  let repo: TestRepo;
  let work: WorkClone;
  let test: TestCache;

  beforeEach(async () => {
    repo = await createTestRepo();
    work = await createWorkClone(repo.path);
    test = await createTestCache();
  });
  afterEach(async () => {
    await Promise.all([repo.remove(), work.remove(), test.remove()]);
  });

  it('adds the names of the .mailmap, without letting it hide somebody', async () => {
    const base = await work.commit({ a: '1' });
    const mailmap =
      'Alice Example <alice@example.com> <old-alice@example.com>\nBob <bob@example.com> <carol@example.com>\n';
    await work.commit({ a: '2' }, { author: { name: 'ali', email: 'old-alice@example.com' } });
    const message = 'x\n\nCo-authored-by: Carol <carol@example.com>';
    const commit = await work.commit({ a: '3', '.mailmap': mailmap }, { author: DAVE!, message });
    await work.push();

    const { authors } = await test.cache.changesSince(aRepo(repo.path), { base, commit, paths: ['a'] });
    expect(new Set(authors.map(({ email }) => email))).toEqual(
      new Set([
        'dave@example.com',
        'bob@example.com',
        'carol@example.com',
        'alice@example.com',
        'old-alice@example.com',
      ]),
    );
    expect(authors).toContainEqual({ name: 'Alice Example', email: 'alice@example.com' });
  });

  it('names the one whose merge threw a side away', async () => {
    const old = await work.commit({ a: '1' }, { author: ALICE! });
    const base = await work.commit({ a: 'mended' }, { author: ALICE! });
    await work.git('checkout', '--quiet', '-b', 'side', old);
    await work.commit({ other: '1' }, { author: BOB! });
    await work.git('-c', 'user.name=Carol', 'merge', '--quiet', '-s', 'ours', '-m', 'merge', base);
    const commit = await work.commit({}, { author: BOB! });
    await work.push();

    const result = await test.cache.changesSince(aRepo(repo.path), { base, commit, paths: ['a'] });
    expect(result).toMatchObject({ files: ['a'], commits: 1 });
    expect(result.authors.map(({ email }) => email)).toEqual(['test@example.com']);
  });

  it('says who pushed: the newest committer, or the author of what was merged in GitHub', async () => {
    const base = await work.commit({ a: '1' });
    const commit = await work.commit({ a: '2' }, { author: ALICE!, committer: WEB_FLOW });
    await work.push();
    const read = async (paths: string[]) =>
      await test.cache.changesSince(aRepo(repo.path), { base, commit, paths });
    expect((await read([])).lastCommitter).toBe('alice@example.com');
    expect((await read([])).authors).toEqual([ALICE]);
    expect((await read(['b'])).lastCommitter).toBe('alice@example.com');
  });

  it('says that an earlier commit goes back', async () => {
    const older = await work.commit({ a: '1' }, { author: ALICE! });
    const newer = await work.commit({ a: '2' }, { author: BOB! });
    await work.push();
    const result = await test.cache.changesSince(aRepo(repo.path), { base: newer, commit: older, paths: [] });
    expect(result).toMatchObject({ files: ['a'], commits: 0, authors: [] });
    expect(result.note).toContain('goes back');
  });

  it('keeps the history when commits are swept, and lets go of it with the repository', async () => {
    const base = await work.commit({ a: '1' }, { author: ALICE! });
    const commit = await work.commit({ a: '2' }, { author: BOB! });
    await work.push();
    const settings = aRepo(repo.path);
    await test.cache.changesSince(settings, { base: null, commit: base, paths: [] });
    await test.cache.changesSince(settings, { base, commit, paths: [] });
    const old = createGitCache({ ...test.options, limits: { maxAgeMs: -1000 } });
    const tree = await test.cache.checkout(settings, commit);
    await old.sweep();
    await tree.release();
    const again = await test.cache.changesSince(settings, { base, commit, paths: [] });
    expect(again).toMatchObject({ authors: [BOB], commits: 1 });
    await old.sweep();
    await old.sweep();
    const left = (await readdir(test.rootDir, { recursive: true })).filter((path) => path.endsWith('.git'));
    expect(left).toEqual([]);
  });

  it('refuses abbreviations', async () => {
    const commit = await work.commit({ a: '1' });
    await work.push();
    const asked = test.cache.changesSince(aRepo(repo.path), {
      base: null,
      commit: commit.slice(0, 9),
      paths: [],
    });
    expect(await failureOf(asked)).toMatchObject({ code: 'git_ref_refused' });
  });
});
