import type { Principal } from '../core/principal.js';
import type { CallerProperty, FunctionNode, RuleValue } from './rule.js';

/**
 * A rule as a condition on rows, for any query language: what {@link compileRows} makes at boot. Related rows are asked for by
 * `some`, as SQL's EXISTS does. Every condition is true or false, never unknown: what is not there is spelled out, so that
 * `not` means the same everywhere.
 */
export type RowCondition =
  | { readonly kind: 'always' }
  | { readonly kind: 'never' }
  | { readonly kind: 'and' | 'or'; readonly of: readonly RowCondition[] }
  | { readonly kind: 'not'; readonly of: RowCondition }
  | SomeRow
  | Holds
  | {
      readonly kind: 'caller';
      readonly row: number;
      readonly path: readonly string[];
      readonly of: CallerProperty;
      readonly parse: ParseValue;
    }
  | { readonly kind: 'callerLacks'; readonly of: CallerProperty }
  | { readonly kind: 'role'; readonly role: string }
  | { readonly kind: 'scope'; readonly scope: string }
  | RowFunction;

/** There is a row, related to the row `row` by the relation `via`, for which the condition holds. The new row is called `as`. */
export interface SomeRow {
  readonly kind: 'some';
  readonly row: number;
  /** The relation, as a path from the row: `['account']`; longer only through embedded objects. */
  readonly via: readonly string[];
  readonly as: number;
  /** Whether there is such a row for every row. */
  readonly always: boolean;
  readonly where: RowCondition;
}

/** The property of a row has the value; `null`: has none. */
export interface Holds {
  readonly kind: 'holds';
  readonly row: number;
  readonly path: readonly string[];
  readonly value: RuleValue;
}

/** The query of an `r.fn`. */
export interface RowFunction {
  readonly kind: 'fn';
  readonly query: (principal: Principal) => unknown;
  readonly node: FunctionNode;
}

/** A {@link RowCondition} for one caller: nothing about the caller is open any more. */
export type AskedCondition =
  | { readonly kind: 'always' }
  | { readonly kind: 'never' }
  | { readonly kind: 'and' | 'or'; readonly of: readonly AskedCondition[] }
  | { readonly kind: 'not'; readonly of: AskedCondition }
  | (Omit<SomeRow, 'where'> & { readonly where: AskedCondition })
  | Holds
  | { readonly kind: 'fn'; readonly query: unknown; readonly name: string };

/** A value of the caller in the type of a column, or `undefined` where no row can have it. */
export type ParseValue = (raw: string) => Exclude<RuleValue, boolean | null> | undefined;

/** Holds for every row. */
export const ALWAYS = Object.freeze({ kind: 'always' });
/** Holds for no row. */
export const NEVER = Object.freeze({ kind: 'never' });

/** All of the conditions, without those that say nothing. */
export function and<C extends RowCondition | AskedCondition>(conditions: readonly C[]): C {
  return join('and', 'always', 'never', conditions);
}

/** One of the conditions, without those that never hold. */
export function or<C extends RowCondition | AskedCondition>(conditions: readonly C[]): C {
  return join('or', 'never', 'always', conditions);
}

/** The opposite. */
export function not<C extends RowCondition | AskedCondition>(condition: C): C {
  if (condition.kind === 'not') return condition.of as C;
  if (condition.kind === 'always') return NEVER as C;
  return (condition.kind === 'never' ? ALWAYS : { kind: 'not', of: condition }) as C;
}

/** A related row for which the condition holds. One that is always there, and of which nothing is asked, says nothing. */
export function some<C extends RowCondition | AskedCondition>(
  row: Omit<SomeRow, 'where' | 'kind'>,
  where: C,
): C {
  if (where.kind === 'never' || (where.kind === 'always' && row.always)) return where;
  return { kind: 'some', ...row, where } as C;
}

function join<C extends RowCondition | AskedCondition>(
  kind: 'and' | 'or',
  neutral: C['kind'],
  decisive: C['kind'],
  conditions: readonly C[],
): C {
  const flat = conditions.flatMap((condition) =>
    condition.kind === kind ? (condition as unknown as { of: readonly C[] }).of : [condition],
  );
  const decided = flat.find((condition) => condition.kind === decisive);
  if (decided) return decided;
  const open = flat.filter((condition) => condition.kind !== neutral);
  if (open.length === 0) return { kind: neutral } as C;
  return open.length === 1 ? open[0]! : ({ kind, of: open } as unknown as C);
}
