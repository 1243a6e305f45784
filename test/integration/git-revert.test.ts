import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CommitSettings } from '../../src/domain/settings.ts';
import { createRevertTest, UNSIGNED, type RevertTest } from '../support/git-revert.ts';
import { createSshKey, type WorkClone } from '../support/git-work.ts';
import { aRepo, failureOf, type TestCache, type TestRepo } from '../support/git.ts';

describe('restoring paths by a commit', () => {
  let setup: RevertTest;
  let repo: TestRepo;
  let work: WorkClone;
  let test: TestCache;
  let revert: RevertTest['revert'];

  beforeEach(async () => {
    setup = await createRevertTest();
    ({ repo, work, test, revert } = setup);
  });
  afterEach(async () => {
    await setup.remove();
  });

  it('restores files that were changed, added, removed and renamed, links, rights and bytes, and leaves all else', async () => {
    const then = await work.commit(
      {
        'prod/main.tf': 'one',
        'prod/run.sh': 'echo',
        'prod/old name.tf': 'moved',
        'prod/link': { link: 'main.tf' },
        'prod/image.bin': Buffer.from([0, 255, 10, 13, 0, 128]),
        'prod/deep/é "x"\t.tf': '1',
        'prod/turned': 'a file',
        'prod/folder/file': '1',
        'dev/main.tf': 'one',
      },
      { executable: ['prod/run.sh'] },
    );
    await work.git('mv', 'prod/old name.tf', 'prod/new name.tf');
    await work.commit({
      'prod/main.tf': 'two',
      'prod/run.sh': 'echo',
      'prod/link': 'no link any more',
      'prod/image.bin': Buffer.from([1]),
      'prod/deep': null,
      'prod/added.tf': 'x',
      'prod/turned': null,
      'prod/turned/into/a/folder': '1',
      'prod/folder': null,
      'dev/main.tf': 'two',
      'production/main.tf': 'mine',
    });
    const tip = await work.commit({ 'prod/folder': 'now a file' });
    await work.push();

    const made = await revert(then);
    expect(made).toMatchObject({ branch: 'main' });
    expect((await repo.git(['rev-parse', 'main'])).trim()).toBe(made.commit);
    expect((await repo.git(['rev-parse', `${made.commit}^`])).trim()).toBe(tip);
    expect(await setup.treeOf(made.commit, 'prod')).toBe(await setup.treeOf(then, 'prod'));
    expect(await setup.treeOf(made.commit, 'dev')).toBe(await setup.treeOf(tip, 'dev'));
    expect(await setup.treeOf(made.commit, 'production')).toBe(await setup.treeOf(tip, 'production'));
    const differing = await repo.git(['diff', '--name-only', '--no-renames', '-z', tip, made.commit]);
    expect(made.changed).toEqual(differing.split('\0').filter(Boolean).sort());
    expect(await repo.git(['fsck', '--strict'])).toBe('');
    expect(await test.cache.resolve(aRepo(repo.path), {})).toEqual({ commit: made.commit, branch: 'main' });
  });

  it('takes globs, and everything', async () => {
    const then = await work.commit({ 'envs/a/x.tf': '1', 'envs/b/x.tf': '1', 'envs/b/x.md': '1', top: '1' });
    const tip = await work.commit({ 'envs/a/x.tf': '2', 'envs/b/x.tf': '2', 'envs/b/x.md': '2', top: '2' });
    await work.push();
    expect((await revert(then, { paths: ['**/*.tf'] })).changed).toEqual(['envs/a/x.tf', 'envs/b/x.tf']);
    expect((await revert(tip, { paths: ['envs/*'] })).changed).toEqual(['envs/a/x.tf', 'envs/b/x.tf']);
    const all = await revert(then, { paths: [] });
    expect(all.changed).toEqual(['envs/a/x.tf', 'envs/b/x.md', 'envs/b/x.tf', 'top']);
    expect(await setup.treeOf(all.commit, '')).toBe(await setup.treeOf(then, ''));
  });

  it('names the person as author and Plumbline as committer, whatever stands in names and messages', async () => {
    const then = await work.commit({ 'prod/a': '1' });
    await work.commit({ 'prod/a': '2' });
    await work.push();
    const author = { name: '-Alice\nparent 0000 <x@y> ', email: 'alice@example.com>\ntree 1' };
    const message = '--amend\r\n\r\nwhy: "drift" \u0000\u001b[31m $(id)\n';
    const { commit } = await revert(then, { author, message });

    const raw = await repo.git(['cat-file', 'commit', commit]);
    const [head = '', ...body] = raw.split('\n\n');
    expect(head.split('\n').map((line) => line.split(' ', 1)[0])).toEqual([
      'tree',
      'parent',
      'author',
      'committer',
    ]);
    expect(head).toContain('author -Alice parent 0000 x@y <alice@example.com tree 1> ');
    expect(head).toContain('committer Plumbline <plumbline@example.com> ');
    expect(body.join('\n\n')).toBe('--amend\n\nwhy: "drift" [31m $(id)\n');
  });

  it('says that there is nothing to restore, and where the branch is', async () => {
    const then = await work.commit({ 'prod/a': '1', b: '1' });
    const tip = await work.commit({ b: '2' });
    await work.push();
    const error = await failureOf(revert(then));
    expect(error).toMatchObject({ code: 'nothing_to_revert', details: { commit: tip, branch: 'main' } });
    await failureOf(revert(tip, { paths: [] }));
    expect((await repo.git(['rev-parse', 'main'])).trim()).toBe(tip);
  });

  it('refuses a commit that is not in the history of the branch', async () => {
    await work.commit({ 'prod/a': '1' });
    await work.push();
    await repo.branch('side');
    const other = await repo.commit({ 'prod/a': 'strange' }, { branch: 'side' });
    for (const commit of [other, 'f'.repeat(40)]) {
      const error = await failureOf(revert(commit));
      expect(error).toMatchObject({ code: 'commit_not_found' });
      expect(error.message).toContain('main');
    }
    expect(await failureOf(revert(other.slice(0, 8)))).toMatchObject({ code: 'git_ref_refused' });
    expect(await failureOf(revert(other, { branch: '--mirror' }))).toMatchObject({ code: 'git_ref_refused' });
  });

  it('pushes to the branch that is asked for', async () => {
    const then = await work.commit({ 'prod/a': '1' });
    await work.push();
    await repo.branch('release/+1');
    const tip = await repo.commit({ 'prod/a': '2' }, { branch: 'release/+1' });
    const { commit, branch } = await revert(then, { branch: 'release/+1' });
    expect(branch).toBe('release/+1');
    expect((await repo.git(['rev-parse', 'refs/heads/release/+1'])).trim()).toBe(commit);
    expect((await repo.git(['rev-parse', `${commit}^`])).trim()).toBe(tip);
    expect((await repo.git(['rev-parse', 'main'])).trim()).toBe(then);
  });

  it('uses nothing of the machine that could change what is pushed, and leaves nothing behind', async () => {
    const then = await work.commit({ 'prod/a': '1\n' });
    await work.commit({ 'prod/a': '2\n' });
    await work.push();
    await work.git('tag', '-a', '-m', 'mine', 'v1');
    await writeFile(
      join(test.home, '.gitconfig'),
      '[push]\n\tfollowTags = true\n\tgpgSign = true\n\trecurseSubmodules = on-demand\n[core]\n\tautocrlf = true\n[commit]\n\tgpgSign = true\n',
    );
    const { commit } = await revert(then);
    expect(await setup.treeOf(commit, 'prod')).toBe(await setup.treeOf(then, 'prod'));
    expect((await repo.git(['for-each-ref', '--format=%(refname)'])).trim()).toBe('refs/heads/main');
    await test.cache.sweep();
  });

  it('signs the commit with the SSH key of the settings, which the allowed signers then trust', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'plumbline-keys-'));
    try {
      const key = await createSshKey(folder, 'robot key');
      const allowedSigners = join(folder, 'signers');
      await writeFile(allowedSigners, `plumbline@example.com ${key.publicKey}\n`);
      const signed: CommitSettings = {
        ...UNSIGNED,
        allowedSigners,
        signing: { format: 'ssh', key: key.path },
      };
      const then = await work.commit({ 'prod/a': '1' });
      const tip = await work.commit({ 'prod/a': '2' });
      await work.push();

      const { commit } = await revert(then, {}, aRepo(repo.path), signed);
      const check = async (base: string) =>
        await test.cache.unsignedCommits(aRepo(repo.path), { base, commit }, signed);
      expect(await check(tip)).toEqual([]);
      expect(await check(then)).toMatchObject([{ commit: tip }]);

      const lost = { ...signed, signing: { format: 'ssh' as const, key: join(folder, 'lost') } };
      await repo.commit({ 'prod/a': '3' });
      expect(await failureOf(revert(then, {}, aRepo(repo.path), lost))).toMatchObject({
        code: 'secret_missing',
      });
      const broken = { ...signed, signing: { format: 'ssh' as const, key: allowedSigners } };
      expect(await failureOf(revert(then, {}, aRepo(repo.path), broken))).toMatchObject({
        code: 'commit_sign_failed',
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
