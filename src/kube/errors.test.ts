import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../domain/json.ts';
import { answerError, readStatus, statusError, unreachableError, type Asked } from './errors.ts';

const asked: Asked = {
  cluster: 'homelab',
  method: 'PATCH',
  path: '/apis/apps/v1/namespaces/web/deployments/shop',
  what: 'web/Deployment.apps/shop',
};

/** The error for a Status with these fields. */
function errorOf(code: number, status: JsonObject, method = 'PATCH') {
  return statusError({ ...asked, method }, readStatus(code, { kind: 'Status', ...status }));
}

describe('statusError', () => {
  it.each<[string, number, { reason: string; message: string; details?: JsonObject }, string, boolean]>([
    ['no credentials', 401, { reason: 'Unauthorized', message: 'Unauthorized' }, 'kube_unauthorized', false],
    [
      'a right that is missing',
      403,
      {
        reason: 'Forbidden',
        message:
          'deployments.apps "shop" is forbidden: User "eve" cannot patch resource "deployments" in API group "apps" in the namespace "web"',
      },
      'kube_forbidden',
      false,
    ],
    [
      'a quota',
      403,
      {
        reason: 'Forbidden',
        message:
          'configmaps "x" is forbidden: exceeded quota: small, requested: count/configmaps=1, used: 1, limited: 1',
      },
      'kube_quota',
      false,
    ],
    [
      'a quota that needs limits',
      403,
      { reason: 'Forbidden', message: 'pods "x" is forbidden: failed quota: small: must specify limits.cpu' },
      'kube_quota',
      false,
    ],
    [
      'a Pod Security Standard',
      403,
      {
        reason: 'Forbidden',
        message: 'pods "x" is forbidden: violates PodSecurity "restricted:latest": privileged',
      },
      'kube_refused',
      false,
    ],
    [
      'another admission plugin',
      403,
      { reason: 'Forbidden', message: 'pods "x" is forbidden: maximum memory usage per Container is 1Gi' },
      'kube_refused',
      false,
    ],
    [
      'a webhook that refuses, with whatever status',
      400,
      { reason: 'BadRequest', message: 'admission webhook "guard.example.com" denied the request: no' },
      'kube_refused',
      false,
    ],
    [
      'a webhook that is down',
      500,
      {
        reason: 'InternalError',
        message: 'Internal error occurred: failed calling webhook "guard.example.com": refused',
      },
      'kube_refused',
      true,
    ],
    [
      'an object that is not there',
      404,
      { reason: 'NotFound', message: 'not found' },
      'kube_not_found',
      false,
    ],
    ['an object that is there', 409, { reason: 'AlreadyExists', message: 'exists' }, 'kube_exists', false],
    [
      'a newer version',
      409,
      { reason: 'Conflict', message: 'the object has been modified' },
      'kube_conflict',
      false,
    ],
    [
      'a quota that two count at once',
      409,
      { reason: 'Conflict', message: 'modified', details: { kind: 'resourcequotas', name: 'small' } },
      'kube_conflict',
      true,
    ],
    ['pages that are too old', 410, { reason: 'Expired', message: 'too old' }, 'kube_expired', true],
    [
      'a fault',
      422,
      { reason: 'Invalid', message: 'spec.replicas: Invalid value: -1' },
      'kube_invalid',
      false,
    ],
    [
      'a field that stays',
      422,
      { reason: 'Invalid', message: 'spec.selector: field is immutable' },
      'kube_immutable',
      false,
    ],
    [
      'JSON of another shape',
      400,
      { reason: 'BadRequest', message: 'strict decoding error' },
      'kube_invalid',
      false,
    ],
    [
      'a field that the kind doesn’t have',
      500,
      {
        reason: '',
        message:
          'failed to create typed patch object (web/x; /v1, Kind=ConfigMap): .dta: field not declared in schema',
      },
      'kube_invalid',
      false,
    ],
    ['throttling', 429, { reason: 'TooManyRequests', message: 'busy' }, 'kube_throttled', true],
    ['a server that gave up', 500, { reason: 'ServerTimeout', message: 'later' }, 'kube_timeout', true],
    [
      'a server that is starting',
      503,
      { reason: 'ServiceUnavailable', message: 'starting' },
      'kube_unreachable',
      true,
    ],
    ['a server that fails', 500, { reason: 'InternalError', message: 'oops' }, 'kube_failed', true],
    [
      'a reason that nobody knows',
      418,
      { reason: 'Teapot', message: 'short and stout' },
      'kube_failed',
      false,
    ],
  ])('of %s', (_, code, status, expected, retryable) => {
    const error = errorOf(code, status);
    expect({ code: error.code, retryable: error.retryable }).toEqual({ code: expected, retryable });
    expect(error.message).toContain('homelab');
    expect(error.message).toContain('web/Deployment.apps/shop');
    expect(error.message).toContain(status.message);
  });

  it('names the webhook, the policy and the quota', () => {
    const refused = (message: string, code = 422) =>
      errorOf(code, { reason: code === 403 ? 'Forbidden' : 'Invalid', message });
    expect(refused('admission webhook "guard.example.com" denied the request: no').details['by']).toBe(
      'guard.example.com',
    );
    expect(
      refused(
        `deployments.apps "x" is forbidden: ValidatingAdmissionPolicy 'owners' with binding 'all' denied request: no owner`,
      ).details['by'],
    ).toBe('owners');
    expect(refused('x is forbidden: exceeded quota: small, requested: pods=1', 403).details['by']).toBe(
      'small',
    );
  });

  it('names the manager and the field of each conflict', () => {
    const error = errorOf(409, {
      reason: 'Conflict',
      message: 'Apply failed with 2 conflicts',
      details: {
        causes: [
          {
            reason: 'FieldManagerConflict',
            message: 'conflict with "kubectl-edit" using apps/v1',
            field: '.spec.replicas',
          },
          {
            reason: 'FieldManagerConflict',
            message: 'conflict with "hpa \\"x\\"" with subresource "scale"',
            field: '.spec.paused',
          },
        ],
      },
    });
    expect(error.details['causes']).toEqual([
      {
        manager: 'kubectl-edit',
        field: '.spec.replicas',
        message: 'conflict with "kubectl-edit" using apps/v1',
      },
      {
        manager: 'hpa \\"x\\"',
        field: '.spec.paused',
        message: 'conflict with "hpa \\"x\\"" with subresource "scale"',
      },
    ]);
    expect(error.message).toContain('kubectl-edit');
  });

  it('takes a field for immutable only where something is changed', () => {
    const message = 'spec.selector: field is immutable';
    expect(errorOf(422, { reason: 'Invalid', message }, 'POST').code).toBe('kube_invalid');
    expect(errorOf(422, { reason: 'Invalid', message }, 'PUT').code).toBe('kube_immutable');
  });

  it('hides what looks like a token in the server’s words', () => {
    const message = 'bad header Authorization: Bearer abcdefghijklmnop';
    expect(errorOf(500, { reason: 'InternalError', message }).message).not.toContain('abcdefghijklmnop');
  });

  it('needs no Status', () => {
    expect(statusError(asked, readStatus(429, undefined)).code).toBe('kube_throttled');
    expect(statusError(asked, readStatus(503, ['x'])).code).toBe('kube_unreachable');
  });
});

describe('errors without an answer', () => {
  it('say by its code why a server can’t be reached, and what is known of the request', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
    const error = unreachableError(asked, new Error('failed', { cause: refused }), false);
    expect(error).toMatchObject({ code: 'kube_unreachable', retryable: true, details: { sent: false } });
    expect(error.message).toContain('ECONNREFUSED');
  });

  it('show the beginning of what is no JSON', () => {
    const error = answerError(asked, 502, `<html>Bad Gateway${'x'.repeat(1000)}`);
    expect(error).toMatchObject({ code: 'kube_answer', retryable: true });
    expect(error.message).toContain('<html>Bad Gateway');
    expect(error.message.length).toBeLessThan(500);
  });
});
