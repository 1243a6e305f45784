import type { JsonValue } from '../../../../domain/json.ts';

/** A jq expression as it was read. */
export type Expression =
  | { is: 'identity' }
  | { is: 'descent' }
  | { is: 'literal'; value: JsonValue }
  | { is: 'variable'; name: string }
  | { is: 'index'; of: Expression; at: Expression }
  | { is: 'slice'; of: Expression; from: Expression | null; to: Expression | null }
  | { is: 'iterate'; of: Expression }
  | { is: 'try'; body: Expression }
  | { is: 'pipe'; left: Expression; right: Expression }
  | { is: 'comma'; left: Expression; right: Expression }
  | { is: 'alternative'; left: Expression; right: Expression }
  | { is: 'operator'; operator: Operator; left: Expression; right: Expression }
  | { is: 'bind'; source: Expression; name: string; body: Expression }
  | { is: 'if'; test: Expression; whenTrue: Expression; otherwise: Expression }
  | { is: 'list'; body: Expression | null }
  | { is: 'map'; members: readonly (readonly [Expression, Expression])[] }
  | { is: 'call'; name: string; args: readonly Expression[] };

export type Operator = 'and' | 'or' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '+' | '-';
