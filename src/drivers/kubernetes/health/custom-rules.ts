import { PlumblineError } from '../../../util/errors.ts';
import { groupVersion, type KubeObject } from '../../../kube/object.ts';
import { type CelPredicate, CelError, compileCel } from './cel.ts';
import { generationHealth } from './conditions.ts';
import { oneLine } from './containers.ts';
import type { Health } from './health.ts';
import { type JsonPath, JsonPathError, parseJsonPath, valuesAt } from './json-path.ts';

/** When an object counts as well: by expressions, as Flux's `healthCheckExprs` have them, or by a value in it. */
export type HealthTest =
  | {
      /** CEL. True: healthy, on its way, failed. Asked in the order inProgress, failed, current. */
      current: string;
      inProgress?: string;
      failed?: string;
    }
  | {
      /** As kubectl writes them: `{.status.phase}`. */
      jsonPath: string;
      /** What stands there when the object is well; left out: anything. */
      value?: string;
    };

/** A stack's own rule for objects of a kind. */
export interface HealthRule {
  /** Names the rule in errors: where it stands, or what it is for. */
  name: string;
  /** Empty for the core group. */
  group: string;
  kind: string;
  /** Only the object of this name; left out: all of the kind. */
  objectName?: string;
  test: HealthTest;
}

/** A rule whose expressions were understood. */
export interface CompiledHealthRule extends Omit<HealthRule, 'test'> {
  judge: (object: KubeObject) => Health;
}

/**
 * Reads the expressions of rules.
 * @throws PlumblineError `health_rule_invalid`, which names the rule and what is wrong with it
 */
export function compileHealthRules(rules: readonly HealthRule[]): CompiledHealthRule[] {
  return rules.map(({ test, ...rule }) => ({
    ...rule,
    judge: 'jsonPath' in test ? pathJudge(rule.name, test) : expressionJudge(rule.name, test),
  }));
}

/** The first rule that fits an object. */
export function ruleFor(
  rules: readonly CompiledHealthRule[],
  object: KubeObject,
): CompiledHealthRule | undefined {
  const { group } = groupVersion(object.apiVersion);
  return rules.find(
    (rule) =>
      rule.group === group &&
      rule.kind === object.kind &&
      (rule.objectName === undefined || rule.objectName === object.metadata.name),
  );
}

/**
 * An object's health by a rule. As in Flux, an object whose controller has not seen its newest generation is on its way, and
 * so is one of which no expression says anything, or which lacks a field that one asks for.
 */
export function ruleHealth(rule: CompiledHealthRule, object: KubeObject): Health {
  return generationHealth(object) ?? rule.judge(object);
}

function expressionJudge(
  name: string,
  test: Extract<HealthTest, { current: string }>,
): CompiledHealthRule['judge'] {
  const order = [
    ['inProgress', 'progressing'],
    ['failed', 'degraded'],
    ['current', 'healthy'],
  ] as const;
  const tests = order.flatMap(([field, status]) => {
    const expression = test[field];
    return expression === undefined ? [] : [{ field, status, predicate: compiled(name, field, expression) }];
  });
  return (object) => {
    for (const { field, status, predicate } of tests) {
      const result = predicate(object);
      if ('error' in result) {
        return {
          status: 'progressing',
          reason: `${field} of ${name} can't be told: ${oneLine(result.error)}`,
        };
      }
      if (result.value) return { status, reason: status === 'healthy' ? '' : `${field} of ${name} is true` };
    }
    return { status: 'progressing', reason: `no expression of ${name} is true yet` };
  };
}

function compiled(name: string, field: string, expression: string): CelPredicate {
  try {
    return compileCel(expression);
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    throw invalid(name, `the expression ${field}`, error);
  }
}

function pathJudge(
  name: string,
  { jsonPath, value }: Extract<HealthTest, { jsonPath: string }>,
): CompiledHealthRule['judge'] {
  let path: JsonPath;
  try {
    path = parseJsonPath(jsonPath);
  } catch (error) {
    if (!(error instanceof JsonPathError)) throw error;
    throw invalid(name, `the path ${jsonPath}`, error);
  }
  return (object) => {
    const found = valuesAt(object, path).map((item) =>
      typeof item === 'string' ? item : JSON.stringify(item),
    );
    if (found.some((item) => value === undefined || item === value)) return { status: 'healthy', reason: '' };
    const wanted = value === undefined ? 'a value' : value;
    return { status: 'progressing', reason: `waiting for ${wanted} at ${jsonPath} (${name})` };
  };
}

function invalid(name: string, what: string, cause: Error): PlumblineError {
  return new PlumblineError(
    'health_rule_invalid',
    `The health rule ${name} is not valid: ${what} is not understood: ${cause.message}. Correct the rule.`,
    { cause, details: { rule: name } },
  );
}
