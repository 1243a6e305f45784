import type { KubeObject } from '../../../kube/object.ts';
import { listAt, textAt } from './fields.ts';
import type { Health } from './health.ts';

/** A Service: one of type LoadBalancer needs an address, others are healthy (Argo CD's rule). */
export function serviceHealth(object: KubeObject): Health {
  if (textAt(object, 'spec', 'type') !== 'LoadBalancer') return { status: 'healthy', reason: '' };
  return addressHealth(object);
}

/** An Ingress needs an address (Argo CD's rule): where its controller reports none, say `ignore-healthcheck`. */
export function ingressHealth(object: KubeObject): Health {
  return addressHealth(object);
}

function addressHealth(object: KubeObject): Health {
  const addresses = listAt(object, 'status', 'loadBalancer', 'ingress');
  const has = addresses.some((item) => textAt(item, 'ip') !== '' || textAt(item, 'hostname') !== '');
  return has
    ? { status: 'healthy', reason: '' }
    : { status: 'progressing', reason: 'waiting for an address of the load balancer' };
}
