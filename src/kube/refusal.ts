import type { ServerStatus } from './errors.ts';

/** What a failure is, whether the same may work later by itself, and what people can do. */
export interface Refusal {
  code: string;
  retryable: boolean;
  /** A sentence. */
  hint: string;
  /** The webhook or policy that refused. */
  by?: string;
}

/**
 * The server has no field for these, only its messages: those of admission (k8s.io/apiserver, pkg/admission), of quota
 * (plugin/pkg/admission/resourcequota) and of validation (pkg/apis/…/validation) in Kubernetes 1.36.
 */
const WEBHOOK_DENIED = /admission webhook "([^"]+)" denied the request/;
const WEBHOOK_FAILED = /failed calling webhook "([^"]+)"/;
const POLICY_DENIED = /ValidatingAdmissionPolicy '([^']+)'/;
const POD_SECURITY = /violates PodSecurity "([^"]+)"/;
const QUOTA = /exceeded quota: ([^,]+)|failed quota: ([^:]+)/;
const RIGHT_MISSING = /User "[^"]*" cannot /;
/** What a server-side apply says, as a failure of its own (status 500), of an object that doesn't fit its schema. */
const NO_TYPED_PATCH = /failed to create typed patch object/;
const IMMUTABLE =
  /\bimmutable\b|may not (?:be changed|change)|cannot change roleRef|updates to \w+ spec for fields other than|field cannot be changed/i;

/** Tells the refusals of the API server apart. */
export function refusalOf(status: ServerStatus, method: string): Refusal {
  return byAdmission(status) ?? byReason(status, method);
}

function byAdmission({ message, code, reason }: ServerStatus): Refusal | undefined {
  const denied = WEBHOOK_DENIED.exec(message)?.[1];
  if (denied !== undefined)
    return refused(denied, `The admission webhook ${denied} refuses it; its own words say why.`);
  const policy = POLICY_DENIED.exec(message)?.[1];
  if (policy !== undefined && code < 500)
    return refused(policy, `The admission policy ${policy} refuses it; its own words say why.`);
  const failed = WEBHOOK_FAILED.exec(message)?.[1];
  if (failed !== undefined)
    return {
      ...refused(failed, `The admission webhook ${failed} can't be asked; is its service up?`),
      retryable: true,
    };
  if (reason !== 'Forbidden') return undefined;
  const security = POD_SECURITY.exec(message)?.[1];
  if (security !== undefined)
    return refused(`PodSecurity ${security}`, 'The namespace’s Pod Security Standard refuses it.');
  const quota = QUOTA.exec(message);
  if (quota === null) return undefined;
  const name = quota[1] ?? quota[2] ?? '';
  return {
    code: 'kube_quota',
    retryable: false,
    hint: `Raise the quota ${name}, or ask for less.`,
    by: name,
  };
}

type Judge = (status: ServerStatus, method: string) => Refusal;

/** What the API server's reasons mean (k8s.io/apimachinery, pkg/apis/meta/v1, StatusReason). */
const REASONS: Readonly<Record<string, Judge>> = {
  Unauthorized: permanent(
    'kube_unauthorized',
    'The credentials are not accepted; renew them in the kubeconfig.',
  ),
  Forbidden: forbidden,
  NotFound: permanent('kube_not_found', 'It does not exist (any more), or its kind is no longer served.'),
  AlreadyExists: permanent('kube_exists', 'Another object of this name was made before.'),
  Conflict: conflict,
  Expired: transient('kube_expired', 'What was asked for is too old; ask anew.'),
  Gone: transient('kube_expired', 'What was asked for is too old; ask anew.'),
  Invalid: invalid,
  BadRequest: invalid,
  RequestEntityTooLarge: invalid,
  UnsupportedMediaType: invalid,
  TooManyRequests: transient('kube_throttled', 'The API server is busy; fewer requests at once help.'),
  Timeout: transient('kube_timeout', 'The API server gave up waiting; whether it was done is not known.'),
  ServerTimeout: transient(
    'kube_timeout',
    'The API server gave up waiting; whether it was done is not known.',
  ),
  ServiceUnavailable: transient(
    'kube_unreachable',
    'The API server, or what serves this kind, is not available now.',
  ),
};

/** What has to do where an answer has no reason. */
const STATUSES: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Gone',
  413: 'RequestEntityTooLarge',
  422: 'Invalid',
  429: 'TooManyRequests',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

function byReason(status: ServerStatus, method: string): Refusal {
  if (NO_TYPED_PATCH.test(status.message)) return refusal('kube_invalid', 'Correct the object.');
  const judge = REASONS[status.reason === '' ? (STATUSES[status.code] ?? '') : status.reason];
  if (judge !== undefined) return judge(status, method);
  return { code: 'kube_failed', retryable: status.code >= 500, hint: 'The API server’s own log says more.' };
}

function forbidden({ message }: ServerStatus): Refusal {
  if (RIGHT_MISSING.test(message))
    return refusal('kube_forbidden', 'Give this user that right by a Role or ClusterRole.');
  return refusal('kube_refused', 'An admission plugin of the API server refuses it.');
}

/** A conflict about a quota is not about the object: two requests counted at once, and one may simply be repeated. */
function conflict({ causes, about }: ServerStatus): Refusal {
  if (about.kind === 'resourcequotas')
    return {
      ...refusal('kube_conflict', 'Several requests were counted by one quota at once; repeat it.'),
      retryable: true,
    };
  const managers = [...new Set(causes.flatMap((cause) => cause.manager ?? []))];
  if (managers.length === 0)
    return refusal('kube_conflict', 'Somebody has changed the object since it was read; read it again.');
  return refusal(
    'kube_conflict',
    `These fields belong to ${managers.join(', ')}; take them over with force, or leave them out.`,
  );
}

function invalid({ message, causes }: ServerStatus, method: string): Refusal {
  const changes = method === 'PUT' || method === 'PATCH';
  if (changes && [message, ...causes.map((cause) => cause.message)].some((text) => IMMUTABLE.test(text)))
    return refusal(
      'kube_immutable',
      'The field can’t be changed; only deleting and making the object anew can.',
    );
  return refusal('kube_invalid', 'Correct the object.');
}

function refused(by: string, hint: string): Refusal {
  return { code: 'kube_refused', retryable: false, hint, by };
}

function refusal(code: string, hint: string): Refusal {
  return { code, retryable: false, hint };
}

function permanent(code: string, hint: string): Judge {
  return () => ({ code, retryable: false, hint });
}

function transient(code: string, hint: string): Judge {
  return () => ({ code, retryable: true, hint });
}
