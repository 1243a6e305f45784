import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failureOf, namesOf, renderIn } from '../support/kubernetes-render.ts';
import { aGpgHome, anAgeKey, sopsEncrypt } from '../support/sops.ts';
import { aBench, type Bench } from '../support/terraform.ts';

const CANARY = 'canary-of-the-secret';
const secret = (name: string) =>
  `apiVersion: v1\nkind: Secret\nmetadata:\n  name: ${name}\n  labels: {app: web}\nstringData:\n  password: ${CANARY}\n  pin: "0123"\n`;
const configMap = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: plain\n';
const FIELDS = ['--encrypted-regex', '^(data|stringData)$'];

let bench: Bench;
const key = anAgeKey();
const env = { SOPS_AGE_KEY: key.identity };
const encrypt = (path: string, args: readonly string[] = ['--age', key.recipient, ...FIELDS]) =>
  sopsEncrypt(join(bench.workTree, path), args);
beforeEach(async () => {
  bench = await aBench();
});
afterEach(() => bench.remove());

describe('a file that SOPS has encrypted', () => {
  it('is decrypted in memory, each document of it, and its values are known as secrets', async () => {
    await bench.write({
      'app/secret.yaml': `${secret('a')}---\n${secret('b')}`,
      'app/plain.yaml': configMap,
    });
    await encrypt('app/secret.yaml');
    const before = await readFile(join(bench.workTree, 'app/secret.yaml'), 'utf8');
    expect(before).not.toContain(CANARY);
    const rendered = await renderIn(bench, 'app', { context: { env } });
    expect(rendered.problems).toEqual([]);
    expect(namesOf(rendered)).toEqual(['ConfigMap/plain', 'Secret/a', 'Secret/b']);
    const { object, source } = rendered.objects[2]!;
    expect(object).toMatchObject({ stringData: { password: CANARY, pin: '0123' } });
    expect(object).not.toHaveProperty('sops');
    expect(source?.file).toBe('app/secret.yaml');
    expect(rendered.secrets).toContain(CANARY);
    expect(rendered.secrets).not.toContain('web');
    expect(rendered.tools).toMatchObject([{ name: 'sops', version: '3.13.3' }]);
    expect(await readFile(join(bench.workTree, 'app/secret.yaml'), 'utf8')).toBe(before);
  });

  it('may be JSON', async () => {
    await bench.write({
      'app/secret.json': JSON.stringify({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'j' },
        data: { password: Buffer.from(CANARY).toString('base64') },
      }),
    });
    await encrypt('app/secret.json');
    const rendered = await renderIn(bench, 'app', { context: { env } });
    expect(namesOf(rendered)).toEqual(['Secret/j']);
    expect(rendered.secrets).toEqual(
      expect.arrayContaining([CANARY, Buffer.from(CANARY).toString('base64')]),
    );
  });

  it('may be encrypted for a GnuPG key', async () => {
    const gpg = await aGpgHome();
    try {
      await bench.write({ 'app/secret.yaml': secret('a') });
      const path = join(bench.workTree, 'app/secret.yaml');
      await sopsEncrypt(path, ['--pgp', gpg.fingerprint, ...FIELDS], { GNUPGHOME: gpg.home });
      const rendered = await renderIn(bench, 'app', { context: { env: { GNUPGHOME: gpg.home } } });
      expect(rendered.objects[0]?.object).toMatchObject({ stringData: { password: CANARY } });
      const other = { GNUPGHOME: join(bench.root, 'none') };
      const error = await failureOf(renderIn(bench, 'app', { context: { env: other } }));
      expect(error).toMatchObject({ code: 'secret_undecryptable' });
      expect(error.message).toContain(`pgp ${gpg.fingerprint}`);
    } finally {
      await gpg.remove();
    }
  });

  it('fails the stack when no key opens it, naming the file and its keys, and nothing of its content', async () => {
    await bench.write({ 'app/a.yaml': configMap, 'app/secret.yaml': secret('a') });
    await encrypt('app/secret.yaml');
    const wrong = { SOPS_AGE_KEY: anAgeKey().identity };
    const error = await failureOf(renderIn(bench, 'app', { context: { env: wrong } }));
    expect(error.code).toBe('secret_undecryptable');
    expect(error.message).toBe(
      `app/secret.yaml can't be decrypted: no key that the worker has opens it: give it one (SOPS_AGE_KEY_FILE, a GnuPG key). It is encrypted for age ${key.recipient}.`,
    );
    expect(JSON.stringify(error)).not.toContain('ENC[');
  });

  it('fails the stack when somebody has changed it without SOPS', async () => {
    await bench.write({ 'app/secret.yaml': secret('a') });
    await encrypt('app/secret.yaml');
    const path = join(bench.workTree, 'app/secret.yaml');
    await writeFile(path, (await readFile(path, 'utf8')).replace('name: a', 'name: b'));
    const error = await failureOf(renderIn(bench, 'app', { context: { env } }));
    expect(error.code).toBe('secret_undecryptable');
    expect(error.message).toContain('it was changed after SOPS had encrypted it');
  });

  it('is not sent to a Vault that it names itself, with the worker’s token', async () => {
    await bench.write({
      'app/secret.yaml': `${secret('a')}sops:\n  mac: x\n  hc_vault: [{vault_address: "http://127.0.0.1:1", key_name: k, engine_path: e, enc: x}]\n`,
    });
    const ran: string[] = [];
    const onProcess = () => void ran.push('a program');
    const context = { env: { VAULT_TOKEN: CANARY, VAULT_ADDR: 'https://vault.example.com' }, onProcess };
    const error = await failureOf(renderIn(bench, 'app', { context }));
    expect(error.message).toContain(
      'it names the Vault http://127.0.0.1:1, which is not the worker’s VAULT_ADDR',
    );
    expect(ran).toEqual([]);
  });

  it('is decrypted after kustomize has passed it on, changed', async () => {
    await bench.write({
      'app/kustomization.yaml': 'namespace: web\nnamePrefix: blue-\nresources: [secret.yaml]\n',
      'app/secret.yaml': secret('a'),
    });
    await encrypt('app/secret.yaml');
    const rendered = await renderIn(bench, 'app', { context: { env } });
    expect(rendered.objects[0]?.object).toMatchObject({
      metadata: { name: 'blue-a', namespace: 'web' },
      stringData: { password: CANARY },
    });
    expect(rendered.objects[0]?.object).not.toHaveProperty('sops');
    expect(rendered.secrets).toContain(CANARY);
    const error = await failureOf(renderIn(bench, 'app'));
    expect(error.message).toContain("Secret blue-a of app can't be decrypted");
  });

  it('is decrypted inside of a Secret that kustomize has generated of it', async () => {
    await bench.write({
      'app/kustomization.yaml': `secretGenerator:
- name: files
  files: [app.yaml, app.env, app.json, token]
generatorOptions: {disableNameSuffixHash: true}
`,
      'app/app.yaml': `password: ${CANARY}\n`,
      'app/app.env': `PASSWORD=${CANARY}\n`,
      'app/app.json': JSON.stringify({ password: CANARY }),
      'app/token': `${CANARY}\n`,
    });
    for (const file of ['app.yaml', 'app.env', 'app.json', 'token'])
      await encrypt(`app/${file}`, ['--age', key.recipient]);
    const rendered = await renderIn(bench, 'app', { context: { env } });
    const { data } = rendered.objects[0]!.object as unknown as { data: Record<string, string> };
    const texts = Object.entries(data).map(([name, value]) => [
      name,
      Buffer.from(value, 'base64').toString(),
    ]);
    expect(Object.fromEntries(texts)).toEqual({
      'app.yaml': `password: ${CANARY}\n`,
      'app.env': `PASSWORD=${CANARY}\n`,
      'app.json': expect.stringContaining(`"password": "${CANARY}"`),
      token: `${CANARY}\n`,
    });
    expect(rendered.secrets).toContain(`${CANARY}\n`);
    const error = await failureOf(renderIn(bench, 'app'));
    expect(error).toMatchObject({ code: 'secret_undecryptable' });
    expect(error.message).toContain(`in Secret files of app can't be decrypted`);
    expect(error.message).toContain(`age ${key.recipient}`);
  });

  it('may hold a chart’s values', async () => {
    await bench.write({
      'shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
      'shop/templates/a.yaml':
        'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {p: {{ .Values.password | quote }}, q: {{ .Values.q }}}\n',
      'shop/values-secret.yaml': `password: ${CANARY}\nq: first\n`,
      'shop/values-last.yaml': 'q: last\n',
    });
    await encrypt('shop/values-secret.yaml', ['--age', key.recipient]);
    const stack = { helm: { values: ['values-secret.yaml', 'values-last.yaml'] } };
    const rendered = await renderIn(bench, 'shop', { stack, context: { env } });
    expect(rendered.objects[0]?.object).toMatchObject({ stringData: { p: CANARY, q: 'last' } });
    expect(rendered.secrets).toContain(CANARY);
    await bench.write({ 'shop/templates/b.yaml': '{{ fail .Values.password }}' });
    const error = await failureOf(renderIn(bench, 'shop', { stack, context: { env } }));
    expect(error.message).toContain("helm can't render it");
    expect(`${error.message} ${JSON.stringify(error.details)}`).not.toContain(CANARY);
  });
});

describe('secrets of other kinds', () => {
  it('pass through sealed', async () => {
    const sealed =
      'apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: a}\nspec: {encryptedData: {x: AgBy}}\n';
    await bench.write({ 'app/a.yaml': sealed });
    const rendered = await renderIn(bench, 'app');
    expect(rendered.objects[0]?.object).toMatchObject({ spec: { encryptedData: { x: 'AgBy' } } });
    expect(rendered).toMatchObject({ secrets: [], tools: [] });
  });

  it('fail the stack while git-crypt holds them locked', async () => {
    await bench.write({
      'app/kustomization.yaml': 'secretGenerator: [{name: a, files: [a.key]}]\n',
      'dir/a.yaml': '',
    });
    const locked = Buffer.concat([Buffer.from('\0GITCRYPT\0'), Buffer.from([1, 2, 3])]);
    await writeFile(join(bench.workTree, 'app/a.key'), locked);
    await writeFile(join(bench.workTree, 'dir/a.yaml'), locked);
    for (const [folder, file] of [
      ['app', 'app/a.key'],
      ['dir', 'dir/a.yaml'],
    ] as const) {
      const error = await failureOf(renderIn(bench, folder));
      expect(error.code).toBe('secret_undecryptable');
      expect(error.message).toContain(`${file} is locked by git-crypt`);
    }
  });
});
