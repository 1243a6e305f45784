import { z } from 'zod';
import { isBranchName } from '../../domain/branch-name.ts';
import { formatDuration, parseGoDuration } from '../../util/duration.ts';
import type { Checked } from '../problem.ts';
import { checkLocalPath, checkRepoPath } from '../safe-path.ts';

/** A text that a function checks and reads; its findings become faults with suggestions. */
export function checkedText<T>(
  check: (text: string) => Checked<T>,
): z.ZodPipe<z.ZodString, z.ZodTransform<T, string>> {
  return z.string().transform((text, context) => {
    const result = check(text);
    if (result.ok) return result.value;
    context.issues.push({
      code: 'custom',
      message: result.message,
      input: text,
      ...(result.suggestion === undefined ? {} : { params: { suggestion: result.suggestion } }),
    });
    return z.NEVER;
  });
}

/** A Go duration between limits, in milliseconds. A bare 0 needs no quotes, as in Go. */
export function duration(
  limits: { minMs?: number; maxMs?: number; zero?: boolean } = {},
): z.ZodType<number, string | number> {
  const message = 'must be a duration such as 30s, 10m or 1h30m';
  return z.union([z.string(), z.number()], { error: message }).transform((value, context) => {
    const result = readDuration(String(value), limits);
    if (result.ok) return result.value;
    context.issues.push({ code: 'custom', message: result.message, input: value, params: result });
    return z.NEVER;
  });
}

function readDuration(
  text: string,
  {
    minMs = 1,
    maxMs = Number.MAX_SAFE_INTEGER,
    zero = false,
  }: { minMs?: number; maxMs?: number; zero?: boolean },
): Checked<number> {
  let ms: number;
  try {
    ms = parseGoDuration(text);
  } catch (error) {
    const suggestion = /^\d+$/.test(text)
      ? `write ${text}s if seconds are meant`
      : 'for example 30s, 10m or 1h30m';
    return {
      ok: false,
      message: error instanceof Error ? error.message.replace(/\.$/, '') : text,
      suggestion,
    };
  }
  if (zero && ms === 0) return { ok: true, value: 0 };
  if (ms < minMs) {
    const least = formatDuration(minMs);
    return {
      ok: false,
      message: `${text} is too short: the least is ${least}`,
      suggestion: `write ${least}`,
    };
  }
  if (ms > maxMs) {
    const most = formatDuration(maxMs);
    return { ok: false, message: `${text} is too long: the most is ${most}`, suggestion: `write ${most}` };
  }
  return { ok: true, value: ms };
}

/** A text that isn't empty. */
export const text = z.string().min(1, { error: 'must not be empty' });

/** The name of an environment variable. */
export const envName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, {
  error: 'must be the name of an environment variable (letters, digits and _)',
});

/** A branch, `refs/heads/` left out. */
export const branchName = checkedText((value): Checked<string> => {
  const branch = value.replace(/^refs\/heads\//, '');
  if (isBranchName(branch) && branch !== 'HEAD' && !branch.startsWith('refs/')) {
    return { ok: true, value: branch };
  }
  return {
    ok: false,
    message: `"${value}" is not the name of a branch`,
    suggestion: 'for example production, or release/1.2',
  };
});

/** A path inside a repository. */
export const repoPath = checkedText(checkRepoPath);

/** A path of the machine that the process runs on. */
export const localPath = checkedText(checkLocalPath);

/** An http or https URL without credentials. */
export const plainHttpUrl = checkedText((value): Checked<string> => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    return { ok: false, message: 'must be a http:// or https:// URL' };
  }
  if (url.username !== '' || url.password !== '') return { ok: false, message: 'must not hold credentials' };
  return { ok: true, value };
});

/** A glob over paths of a repository. */
export const pathGlob = checkedText((value): Checked<string> => {
  if (value === '') return { ok: false, message: 'the pattern is empty' };
  if (value.startsWith('/') || value.split('/').includes('..')) {
    return {
      ok: false,
      message: `"${value}" is not relative to the repository`,
      suggestion: 'for example envs/**',
    };
  }
  return { ok: true, value: value.replace(/^\.\//, '').replace(/(?<=.)\/+$/, '') };
});

/** A day, `2026-12-31`. */
export const isoDate = checkedText((value): Checked<string> => {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(value) ? Date.parse(`${value}T00:00:00Z`) : Number.NaN;
  // Date.parse rolls 02-30 over to March; what is written back tells.
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== value) {
    return {
      ok: false,
      message: `"${value}" is not a day`,
      suggestion: 'write year-month-day, such as 2026-12-31',
    };
  }
  return { ok: true, value };
});

/** A day (`2026-12-31`: its last moment, UTC) or a moment (`2026-12-31T18:00:00+01:00`), as ISO 8601 in UTC. */
export const isoMoment = checkedText((value): Checked<string> => {
  const bad = {
    ok: false as const,
    message: `"${value}" is neither a day nor a moment`,
    suggestion: 'write 2026-12-31, or 2026-12-31T18:00:00Z',
  };
  const day = isoDate.safeParse(value.slice(0, 10));
  if (!day.success) return bad;
  if (value.length === 10) return { ok: true, value: `${value}T23:59:59.999Z` };
  if (!/^.{10}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(value)) return bad;
  const time = Date.parse(value);
  return Number.isNaN(time) ? bad : { ok: true, value: new Date(time).toISOString() };
});
