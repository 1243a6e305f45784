import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../domain/json.ts';
import { helmHook } from './helm-hook.ts';

const annotated = (annotations: JsonObject) =>
  helmHook({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'x', annotations } });

describe('helmHook', () => {
  it.each([
    [{}, null],
    [{ 'helm.sh/hook': 'test' }, undefined],
    [{ 'helm.sh/hook': 'test-success,test-failure' }, undefined],
    [
      { 'helm.sh/hook': 'pre-install, pre-upgrade', 'helm.sh/hook-weight': '-5' },
      { phases: ['pre-install', 'pre-upgrade'], weight: -5, deletePolicies: ['before-hook-creation'] },
    ],
    [
      { 'helm.sh/hook': 'post-install,test', 'helm.sh/hook-delete-policy': 'hook-succeeded,hook-failed' },
      { phases: ['post-install'], weight: 0, deletePolicies: ['hook-succeeded', 'hook-failed'] },
    ],
    [
      { 'helm.sh/hook': 'post-install', 'helm.sh/hook-weight': 'high' },
      { phases: ['post-install'], weight: 0, deletePolicies: ['before-hook-creation'] },
    ],
  ])('of %j is %j', (annotations, hook) => {
    expect(annotated(annotations)).toEqual(hook);
  });
});
