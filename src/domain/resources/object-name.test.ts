import { describe, expect, it } from 'vitest';
import { isNamed, parseObjectName } from './object-name.ts';

const WEB = { kind: 'Deployment', group: 'apps', name: 'web', namespace: 'shop' };

describe('an object that people name', () => {
  it.each([
    { text: 'deployment/web', of: WEB, is: true },
    { text: 'Deployment/web', of: WEB, is: true },
    { text: 'deployments/web', of: WEB, is: true },
    { text: 'deploy/web', of: WEB, is: true },
    { text: 'deployments.apps/web', of: WEB, is: true },
    { text: 'deployment.batch/web', of: WEB, is: false },
    { text: 'deployment/other', of: WEB, is: false },
    { text: 'service/web', of: WEB, is: false },
    { text: 'deployment/web', namespace: 'shop', of: WEB, is: true },
    { text: 'deployment/web', namespace: 'other', of: WEB, is: false },
    {
      text: 'ingresses/x',
      of: { kind: 'Ingress', group: 'networking.k8s.io', name: 'x', namespace: '' },
      is: true,
    },
    {
      text: 'networkpolicies/x',
      of: { kind: 'NetworkPolicy', group: 'networking.k8s.io', name: 'x', namespace: 'a' },
      is: true,
    },
    {
      text: 'namespace/shop',
      namespace: 'default',
      of: { kind: 'Namespace', group: '', name: 'shop', namespace: '' },
      is: true,
    },
  ])('$text in $namespace is $of.kind/$of.name: $is', ({ text, namespace, of, is }) => {
    expect(isNamed(of, parseObjectName(text, namespace)!)).toBe(is);
  });

  it.each(['web', 'a/b/c', '/web', 'deployment/'])('is not %s', (text) => {
    expect(parseObjectName(text)).toBeUndefined();
  });
});
