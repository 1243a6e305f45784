import type { z } from 'zod';
import type { JsonObject } from '../domain/json.ts';
import { knownKeys } from './json-schema.ts';
import type { ConfigPath, ConfigProblem } from './problem.ts';
import { didYouMean } from './suggest.ts';

type Issue = z.core.$ZodIssue;

/** What the schema found, in words for people who write configs, with suggestions. */
export function schemaProblems(
  issues: readonly Issue[],
  value: unknown,
  schema: JsonObject,
): ConfigProblem[] {
  return issues.flatMap((issue) => problemsOf(issue, [], { value, schema }));
}

interface Context {
  value: unknown;
  schema: JsonObject;
}

function problemsOf(issue: Issue, above: ConfigPath, context: Context): ConfigProblem[] {
  const path = [...above, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))];
  const input = valueAt(context.value, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, path, context.schema));
    case 'invalid_type':
      return [{ path, ...wrongType(issue.expected, input) }];
    case 'invalid_value':
      return [{ path, ...wrongValue(issue, input) }];
    case 'invalid_union': {
      const branch = unionBranch(issue.errors, input);
      if (branch) return branch.flatMap((inner) => problemsOf(inner, path, context));
      return [{ path, message: issue.message }];
    }
    case 'invalid_key':
      return [{ path, message: issue.issues.map((inner) => inner.message).join('; '), atKey: true }];
    case 'custom': {
      const suggestion: unknown = issue.params?.suggestion;
      return [{ path, message: issue.message, ...(typeof suggestion === 'string' ? { suggestion } : {}) }];
    }
    case 'too_small':
    case 'too_big': {
      const limit = Number(issue.code === 'too_small' ? issue.minimum : issue.maximum);
      return [
        {
          path,
          message: issue.message,
          ...(issue.origin === 'string' || issue.origin === 'array' ? {} : { suggestion: `write ${limit}` }),
        },
      ];
    }
    default:
      return [{ path, message: issue.message }];
  }
}

function unknownKey(key: string, path: ConfigPath, schema: JsonObject): ConfigProblem {
  const known = knownKeys(schema, path);
  const meant = didYouMean(key, known);
  const suggestion =
    meant !== undefined
      ? `did you mean ${meant}?`
      : known.length > 0
        ? `known keys: ${known.join(', ')}`
        : undefined;
  return {
    path: [...path, key],
    message: 'is not a known key',
    atKey: true,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a section of keys',
  record: 'a section of keys',
};

function wrongType(expected: string, input: unknown): { message: string; suggestion?: string } {
  const name = TYPE_NAMES[expected] ?? expected;
  if (input === undefined) return { message: 'is missing', suggestion: `it must be ${name}` };
  const message = `must be ${name}, not ${describe(input)}`;
  if (expected === 'boolean' && typeof input === 'string') {
    const word = input.toLowerCase();
    if (['yes', 'y', 'on', 'true'].includes(word)) return { message, suggestion: 'write true' };
    if (['no', 'n', 'off', 'false'].includes(word)) return { message, suggestion: 'write false' };
  }
  if (expected === 'array' && typeof input === 'string')
    return { message, suggestion: 'put it on a line of its own after "- "' };
  if ((expected === 'int' || expected === 'number') && typeof input === 'string' && /^\d+$/.test(input)) {
    return { message, suggestion: `write ${input} without quotes` };
  }
  if (expected === 'string' && (typeof input === 'number' || typeof input === 'boolean')) {
    return { message, suggestion: `write it in quotes: "${String(input)}"` };
  }
  return { message };
}

function describe(input: unknown): string {
  if (input === null) return 'nothing';
  if (Array.isArray(input)) return 'a list';
  if (typeof input === 'string') return 'a text';
  return typeof input === 'number' || typeof input === 'boolean' ? String(input) : 'a section of keys';
}

function wrongValue(
  issue: z.core.$ZodIssueInvalidValue,
  input: unknown,
): { message: string; suggestion?: string } {
  const values = issue.values.map(String);
  if (input === undefined)
    return { message: 'is missing', suggestion: `it must be one of ${values.join(', ')}` };
  const meant = typeof input === 'string' ? didYouMean(input, values) : undefined;
  return {
    message: `must be ${values.length > 1 ? 'one of ' : ''}${values.join(', ')}`,
    ...(meant === undefined ? {} : { suggestion: `did you mean ${meant}?` }),
  };
}

/** The alternative whose kind of value was written, so that its own faults are told. */
function unionBranch(errors: readonly (readonly Issue[])[], input: unknown): readonly Issue[] | undefined {
  if (typeof input !== 'object' || input === null) return undefined;
  return errors.find((branch) =>
    branch.every((issue) => issue.path.length > 0 || !['invalid_type', 'invalid_value'].includes(issue.code)),
  );
}

function valueAt(value: unknown, path: ConfigPath): unknown {
  let here = value;
  for (const step of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = (here as Record<string | number, unknown>)[step];
  }
  return here;
}
