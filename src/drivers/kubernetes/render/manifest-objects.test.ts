import { describe, expect, it } from 'vitest';
import { readManifests } from './manifest-objects.ts';

const CONFIG_MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n';

describe('readManifests', () => {
  it('unpacks lists, also inside of lists, with the line of each object', () => {
    const item = (name: string) => `  - {apiVersion: v1, kind: Secret, metadata: {name: ${name}}}\n`;
    const inner =
      '  - apiVersion: v1\n    kind: SecretList\n    items:\n    - {apiVersion: v1, kind: Secret, metadata: {name: c}}\n';
    const { objects, problems } = readManifests(
      `${CONFIG_MAP}---\napiVersion: v1\nkind: List\nitems:\n${item('b')}${inner}`,
      'x.yaml',
    );
    expect(problems).toEqual([]);
    expect(objects.map(({ object, line }) => [object.metadata.name, line])).toEqual([
      ['a', 1],
      ['b', 8],
      ['c', 12],
    ]);
  });

  it('takes an object whose kind only ends like a list', () => {
    const text = 'apiVersion: x.io/v1\nkind: AllowList\nmetadata: {name: a}\nspec: {items: []}';
    expect(readManifests(text, 'x.yaml').objects).toHaveLength(1);
  });

  it('says what is no object, and hides no other one', () => {
    const { objects, problems } = readManifests(`replicas: 2\n---\n${CONFIG_MAP}---\n- a\n`, 'values.yaml');
    expect(objects).toHaveLength(1);
    expect(problems).toEqual([
      { file: 'values.yaml', line: 1, message: expect.stringContaining('apiVersion is missing') },
      { file: 'values.yaml', line: 7, message: expect.stringContaining('a list') },
    ]);
  });

  it.each([
    ['apiVersion: v1\nkind: Pod', 'has no metadata'],
    ['apiVersion: v1\nkind: Pod\nmetadata: {}', 'has no name'],
    ['apiVersion: v1\nkind: Pod\nmetadata: {name: 1}', 'a number and no text'],
    ['apiVersion: v1\nkind: Pod\nmetadata: {name: y}', 'a boolean and no text'],
    ['apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: 1}', 'metadata.namespace'],
    ['apiVersion: v1\nkind: Job\nmetadata: {generateName: a-}', 'each apply would make another object'],
    ['apiVersion: 1\nkind: Pod\nmetadata: {name: a}', 'apiVersion is missing'],
    ['apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization', 'among plain manifests'],
  ])('%j is no object', (text, message) => {
    const { objects, problems } = readManifests(text, 'x.yaml');
    expect(objects).toEqual([]);
    expect(problems).toEqual([{ file: 'x.yaml', line: 1, message: expect.stringContaining(message) }]);
  });

  it('refuses a label that YAML takes for a boolean, with where and how to quote it', () => {
    const text = 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels:\n    app: y\n    tier: "n"\n';
    expect(readManifests(text, 'x.yaml').problems).toEqual([
      {
        file: 'x.yaml',
        line: 6,
        message:
          'metadata.labels.app has to be a text, and y is read as the boolean true; write it in quotes: "y"',
      },
    ]);
  });

  const spec = (text: string) => `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n${text}`;
  it.each([
    ['apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {port: 80}', 'data.port'],
    ['apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {pin: 0123}', 'stringData.pin'],
    ['apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {selector: {on-call: on}}', 'spec.selector'],
    ['apiVersion: x.io/v1\nkind: X\nmetadata: {name: a, annotations: {x: 1.0}}', '"1.0"'],
    [spec('  selector: {matchLabels: {a: no}}'), 'spec.selector.matchLabels.a'],
    [spec('  template: {metadata: {labels: {a: 1}}}'), 'spec.template.metadata.labels.a'],
    [spec('  template: {spec: {containers: [{env: [{name: a, value: 1}]}]}}'), 'containers.0.env.0.value'],
  ])('refuses what has to be a text in %j', (text, message) => {
    const { objects, problems } = readManifests(text, 'x.yaml');
    expect(objects).toEqual([]);
    expect(problems[0]?.message).toContain(message);
  });

  it('says nothing of what a Secret holds', () => {
    const secret = (text: string) =>
      readManifests(
        `apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  pin: ${text}`,
        'x.yaml',
      );
    for (const value of [
      '8675309',
      '86753098675309867530986753098',
      '"86753099',
      '|x8675309\n    y',
      '!8675309',
      '*8675309',
      '{8675309',
    ]) {
      const { problems } = secret(value);
      expect(problems).not.toEqual([]);
      expect(JSON.stringify(problems)).not.toContain('8675309');
    }
  });

  it('leaves custom objects and schemas what they are', () => {
    const text =
      'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a}\nspec: {template: {metadata: {labels: {nullable: true}}}}';
    expect(readManifests(text, 'x.yaml').problems).toEqual([]);
  });
});
