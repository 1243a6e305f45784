/** These come before the first byte of a request is sent. */
const UNSENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** These come when a connection that was there ends. */
const BROKEN = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'UND_ERR_SOCKET',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
]);

/** OpenSSL's and Node's names for a certificate that is not accepted, on either side. */
const UNTRUSTED =
  /^(?:ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA)/;

/**
 * When a request failed on the way: before anything was sent, when it may have been there already, or because one side does
 * not trust the other's certificate (which does not get better by trying). `not_network`: something else.
 */
export function failedBefore(error: unknown): 'unsent' | 'broken' | 'untrusted' | 'not_network' {
  for (let each = error; each instanceof Error; each = each.cause) {
    const { code } = each as NodeJS.ErrnoException;
    if (typeof code !== 'string') continue;
    if (UNSENT.has(code)) return 'unsent';
    if (UNTRUSTED.test(code)) return 'untrusted';
    if (BROKEN.has(code) || code.startsWith('HPE_')) return 'broken';
  }
  return 'not_network';
}
