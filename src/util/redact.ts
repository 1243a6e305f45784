const HIDDEN = '***';
/** Shorter ones are no secrets, and hiding them would make text unreadable. */
const SHORTEST_SECRET = 6;
const SHORTEST_LINE = 12;
const SHORTEST_BASE64 = 8;

export interface Redactor {
  /** From now on this secret is hidden, also URL-encoded, JSON-escaped and in base64. */
  add: (secret: string) => void;
  /** The text without secrets: those added, and whatever looks like one (tokens in URLs and headers, private keys). */
  redact: (text: string) => string;
}

/**
 * Hides secrets in text. A secret of several lines is also hidden line by line, so that text may be redacted one line at
 * a time. Secrets shorter than 6 characters are not hidden. `add` and `redact` may be passed around alone.
 */
export function createRedactor(secrets: readonly string[] = []): Redactor {
  const forms = new Set<string>();
  let pattern: RegExp | null = null;

  const add = (secret: string) => {
    for (const part of parts(secret)) for (const form of encodings(part)) forms.add(form);
    pattern = null;
  };
  for (const secret of secrets) add(secret);
  return {
    add,
    redact: (text) => {
      if (forms.size === 0) return redactPatterns(text);
      pattern ??= new RegExp(
        [...forms]
          .sort((a, b) => b.length - a.length)
          .map(escapePattern)
          .join('|'),
        'g',
      );
      return redactPatterns(text.replace(pattern, HIDDEN));
    },
  };
}

function parts(secret: string): string[] {
  const whole = [secret, secret.trim()].filter((part) => part.length >= SHORTEST_SECRET);
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  return lines.length === 1 ? whole : [...whole, ...lines.filter((line) => line.length >= SHORTEST_LINE)];
}

function encodings(secret: string): string[] {
  const escaped = encodeURIComponent(secret);
  return [
    secret,
    escaped,
    escaped.replaceAll(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()),
    escaped.replaceAll('%20', '+'),
    JSON.stringify(secret).slice(1, -1),
    ...base64Forms(secret),
  ];
}

/** base64 depends on what stands before: `user:secret` has another form than `secret`, of three in all. */
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replaceAll('=', '');
    // The first and the last character may hold bits of neighbours.
    const first = Math.ceil((offset * 8) / 6);
    const last = Math.floor(((offset + bytes.length) * 8) / 6);
    const sure = encoded.slice(first, last);
    if (sure.length < SHORTEST_BASE64) return [];
    return [sure, sure.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

function escapePattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

// Each starts with something literal and is bounded, so that long lines stay cheap.
const URL_USER = /(?<=([a-z0-9+.-]{1,20}):\/\/)([^\s/@:"'<>]{0,256})(?::([^\s/@"'<>]{0,2048}))?@/gi;
const URL_TOKEN =
  /([?&](?:access_token|private_token|token|api_key|apikey|key|secret|password|sig|signature|x-amz-signature|x-amz-security-token|x-amz-credential)=)[^&\s"'<>#]{1,4096}/gi;
const HEADER =
  /((?:authorization|proxy-authorization|private-token|x-api-key)["']?\s{0,3}[:=]\s{0,3}["']?(?:(?:bearer|basic|token)\s{1,3})?)[^\s"',]{6,4096}/gi;
const TOKEN =
  /\b(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_\w{20,255}|glpat-[\w-]{15,255}|xox[abprs]-[\w-]{10,255})/g;
const JWT = /\beyJ[\w-]{10,8192}\.eyJ[\w-]{10,8192}\.[\w-]{10,2048}/g;
const PRIVATE_KEY =
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]{1,20000}?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g;

function redactPatterns(text: string): string {
  return text
    .replace(URL_USER, (match, scheme: string, user: string, password: string | undefined) => {
      if (/^https?$/i.test(scheme)) return `${HIDDEN}@`;
      return password === undefined ? match : `${user}:${HIDDEN}@`;
    })
    .replace(URL_TOKEN, `$1${HIDDEN}`)
    .replace(HEADER, `$1${HIDDEN}`)
    .replace(TOKEN, HIDDEN)
    .replace(JWT, HIDDEN)
    .replace(PRIVATE_KEY, HIDDEN);
}
