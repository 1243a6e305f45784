import { describe, expect, it } from 'vitest';
import { faultsOf, loadText } from '../../test/support/config-file.ts';

const REPO = 'repos:\n  - name: r\n    url: https://example.com/o/r.git\n';

describe('repos[].depends_on', () => {
  it('is an order among stacks, each named in one spelling', async () => {
    const { settings } = await loadText(
      `${REPO}    depends_on: {./envs/app/: [envs/net/, envs/db@blue], envs/app: [envs/net, dns]}\n`,
    );
    expect(settings.published.repos[0]?.dependsOn).toEqual({
      'envs/app': ['envs/net', 'envs/db@blue', 'dns'],
    });
  });

  it('says nothing unless it is given', async () => {
    expect((await loadText(REPO)).settings.published.repos[0]).not.toHaveProperty('dependsOn');
  });

  it('names listed stacks only: others are faults with their line and the one that was meant', async () => {
    const text = `${REPO}    stacks: [net, db@blue, app]
    depends_on:
      ap: [net]
      app:
        - nett
        - db
        - db@blue
        - net@green
        - elsewhere
`;
    expect(await faultsOf(text)).toEqual([
      {
        path: 'repos[0].depends_on.ap',
        line: 6,
        column: 7,
        message: '"ap" is none of the repository\'s stacks',
        suggestion: 'did you mean app?',
      },
      {
        path: 'repos[0].depends_on.app[0]',
        line: 8,
        column: 11,
        message: '"nett" is none of the repository\'s stacks',
        suggestion: 'did you mean net?',
      },
      {
        path: 'repos[0].depends_on.app[4]',
        line: 12,
        column: 11,
        message: '"elsewhere" is none of the repository\'s stacks',
        suggestion: 'list it under stacks',
      },
    ]);
  });

  it('leaves names to the tasks where stacks are discovered', async () => {
    expect(await faultsOf(`${REPO}    depends_on: {app: [elsewhere]}\n`)).toEqual([]);
  });

  it.each([
    ['{a: [b], b: [c], c: [a]}', 'repos[0].depends_on.a', 'a → b → c → a', 'b under a'],
    ['{x: [a], a: [./a]}', 'repos[0].depends_on.a', 'a → a', 'a under a'],
    ['{a: [b], c: [d], d: [c]}', 'repos[0].depends_on.c', 'c → d → c', 'd under c'],
  ])('refuses circles: %s', async (dependsOn, path, circle, step) => {
    expect(await faultsOf(`${REPO}    depends_on: ${dependsOn}\n`)).toMatchObject([
      {
        path,
        line: 4,
        message: `goes round in a circle: ${circle}`,
        suggestion: `take out one of these steps, such as ${step}`,
      },
    ]);
  });

  it.each([
    ['{../a: [b]}', 'could leave the repository'],
    ['{a: [/b]}', 'is not relative to the repository'],
    ['{a: b}', 'must be a list'],
    ['[a, b]', 'must be a section'],
  ])('refuses what is no order: %s', async (dependsOn, message) => {
    const faults = await faultsOf(`${REPO}    depends_on: ${dependsOn}\n`);
    expect(faults.map((fault) => fault.message).join('\n')).toContain(message);
    expect(faults).toHaveLength(1);
  });
});
