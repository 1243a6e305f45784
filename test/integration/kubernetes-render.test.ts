import { execFile } from 'node:child_process';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { array, constantFrom, sample } from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readManifests } from '../../src/drivers/kubernetes/render/manifest-objects.ts';
import { failureOf, namesOf, renderIn } from '../support/kubernetes-render.ts';
import { aBench, type Bench } from '../support/terraform.ts';

const run = promisify(execFile);
const configMap = (name: string, data = '') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n${data}`;

let bench: Bench;
beforeEach(async () => {
  bench = await aBench();
});
afterEach(() => bench.remove());

describe('a folder of manifests', () => {
  it('is read with the folders below it, in order, each object with its place', async () => {
    await bench.write({
      'app/b.yaml': `${configMap('b1')}---\n${configMap('b2')}`,
      'app/a/x.json': '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"}}',
      'app/c.yml': configMap('c'),
      'app/.hidden/x.yaml': configMap('hidden'),
      'app/.sops.yaml': 'creation_rules: []',
      'app/README.md': 'no manifest',
    });
    const rendered = await renderIn(bench, 'app');
    expect(namesOf(rendered)).toEqual(['Secret/a', 'ConfigMap/b1', 'ConfigMap/b2', 'ConfigMap/c']);
    expect(rendered.objects[2]?.source).toEqual({ file: 'app/b.yaml', line: 5 });
    expect(rendered.problems).toEqual([]);
    expect(Object.keys(rendered.sources)).toEqual(['app/a/x.json', 'app/b.yaml', 'app/c.yml']);
    expect(rendered).toMatchObject({ tools: [], secrets: [], warnings: [] });
  });

  it('reads scalars and documents as kubectl does', async () => {
    const text = `# a comment
apiVersion: example.com/v1
kind: Thing
metadata: {name: a}
shared: &shared {q: 1, s: &text "x"}
spec:
  <<: *shared
  words: [y, N, yes, Off, on, true, ~, null, "", yEs]
  numbers: [08, 0o17, .5, 1_0, 0b11, -0x1f, 0777, 1e3, 1., -0, +3, 1e999, 1.50]
  texts: [1:30, 2026-01-02, 1Gi, 1.2.3, "1", 'y', a: b]
  block: |
    one
      two
  folded: >-
    one
    two
  last: |+
    end
`;
    await bench.write({ 'thing.yaml': text });
    const { stdout } = await run('kubectl', [
      'label',
      '--local',
      '-f',
      join(bench.workTree, 'thing.yaml'),
      'z=z',
      '-o',
      'json',
    ]);
    const { objects, problems } = readManifests(text, 'thing.yaml');
    expect(problems).toEqual([]);
    const labelled = { ...objects[0]!.object, metadata: { name: 'a', labels: { z: 'z' } } };
    expect(labelled).toEqual(JSON.parse(stdout));
  });

  it('takes whatever may look like a number or a word for what kubectl takes it for', async () => {
    const pieces =
      '0 1 7 8 9 x o b e E + - . _ a y n on off Yes No null ~ inf : T 12 2026 0x 0o 0b 1e true False F';
    const scalar = array(constantFrom(...pieces.split(' ')), { minLength: 1, maxLength: 5 }).map((list) =>
      list.join(''),
    );
    const head = 'apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a}\nspec:\n';
    const isPlain = (text: string) => !/^-$|^:|:$|^---|^\.\.\.$/.test(text);
    // What is no number that JSON knows is refused here and by kubectl.
    const texts = sample(scalar, 2_000).filter(
      (text) => isPlain(text) && readManifests(`${head}- ${text}`, 'x.yaml').problems.length === 0,
    );
    expect(texts.length).toBeGreaterThan(1_000);
    const manifest = head + texts.map((text) => `- ${text}\n`).join('');
    await bench.write({ 'thing.yaml': manifest });
    const path = join(bench.workTree, 'thing.yaml');
    const { stdout } = await run('kubectl', ['label', '--local', '-f', path, 'z=z', '-o', 'json']);
    const { spec: theirs } = JSON.parse(stdout) as { spec: unknown[] };
    const ours = readManifests(manifest, 'thing.yaml').objects[0]?.object['spec'] as unknown[];
    expect(texts.map((text, index) => [text, ours[index]])).toEqual(
      texts.map((text, index) => [text, theirs[index]]),
    );
  });

  it('says what is wrong in a file, and hides nothing else', async () => {
    await bench.write({
      'app/broken.yaml': `${configMap('ok')}---\na: [\n`,
      'app/large.yaml': `# ${'x'.repeat(16 * 1024 * 1024)}\n`,
      'app/values.yaml': 'replicas: 1',
      'outside.yaml': configMap('outside'),
    });
    await writeFile(join(bench.root, 'secret.yaml'), configMap('leak'));
    await symlink('../../secret.yaml', join(bench.workTree, 'app/leak.yaml'));
    await symlink('../outside.yaml', join(bench.workTree, 'app/linked.yaml'));
    await symlink('nowhere.yaml', join(bench.workTree, 'app/dangling.yaml'));
    await symlink('..', join(bench.workTree, 'app/up'));
    const rendered = await renderIn(bench, 'app');
    expect(namesOf(rendered)).toEqual(['ConfigMap/ok', 'ConfigMap/outside']);
    expect(rendered.problems.map(({ file, line }) => [file, line])).toEqual([
      ['app/dangling.yaml', null],
      ['app/leak.yaml', null],
      ['app/broken.yaml', 5],
      ['app/large.yaml', null],
      ['app/values.yaml', 1],
    ]);
    expect(rendered.warnings).toEqual(['app/up is a link to a folder and is not followed.']);
  });

  it('is refused when it is outside of the work tree, or not there', async () => {
    await symlink('..', join(bench.workTree, 'out'));
    expect(await failureOf(renderIn(bench, 'out'))).toMatchObject({ code: 'config_invalid' });
    expect(await failureOf(renderIn(bench, 'gone'))).toMatchObject({ code: 'stack_not_found' });
  });
});

describe('rendering', () => {
  it('refuses an object that is there twice, naming both places', async () => {
    await bench.write({
      'app/a.yaml': configMap('x'),
      'app/b.yaml': `${configMap('y')}---\n${configMap('x')}`,
    });
    const error = await failureOf(renderIn(bench, 'app'));
    expect(error.code).toBe('config_invalid');
    expect(error.message).toContain('app/b.yaml:5: ConfigMap/x is there twice, first at app/a.yaml:1');
  });

  it('fills in the namespace only where the caller knows of one', async () => {
    const named = 'apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: own}\n';
    const role = 'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r}\n';
    await bench.write({ 'app/a.yaml': `${configMap('x')}---\n${named}---\n${role}` });
    const namespaces = async (how = {}) =>
      (await renderIn(bench, 'app', { namespace: 'web', ...how })).objects.map(
        ({ object }) => object.metadata['namespace'],
      );
    expect(await namespaces()).toEqual([undefined, 'own', undefined]);
    const asked: string[] = [];
    const isNamespaced = async (type: { group: string; version: string; kind: string }) => {
      asked.push(`${type.group}/${type.version} ${type.kind}`);
      return type.kind === 'ConfigMap' ? true : undefined;
    };
    expect(await namespaces({ isNamespaced })).toEqual(['web', 'own', undefined]);
    expect(asked).toEqual(['/v1 ConfigMap', 'rbac.authorization.k8s.io/v1 ClusterRole']);
  });

  it('sees twins that only a filled-in namespace makes', async () => {
    await bench.write({ 'app/a.yaml': `${configMap('x')}---\n${configMap('x, namespace: web')}` });
    expect((await renderIn(bench, 'app', { namespace: 'web' })).objects).toHaveLength(2);
    const error = await failureOf(
      renderIn(bench, 'app', { namespace: 'web', isNamespaced: async () => true }),
    );
    expect(error.message).toContain('web/ConfigMap/x is there twice');
  });

  it('stops when it is told to', async () => {
    await bench.write({ 'app/a.yaml': configMap('x') });
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(renderIn(bench, 'app', { context: { signal } })).rejects.toThrow('enough');
  });
});
