import type { Audience } from '../../core/audience.js';
import type { RequestView } from '../../core/control.js';
import type { Decision, Denial } from '../../core/decision.js';
import type { ExposedProperty } from '../../core/exposed-property.js';
import { SORT_REFUSAL } from './sortable.decorator.js';

/** A parameter that names a property of the entity. */
export interface NamingParameter {
  /** The name that the client writes. */
  readonly key: string;
  readonly exposed: ExposedProperty;
}

/** The parameter of the order. */
export interface SortParameter {
  readonly key: string;
  /** What its values name. */
  readonly byValue: ReadonlyMap<string, ExposedProperty>;
  /** What the order names that the class assigns, where the client names none; `undefined` where it assigns none. */
  readonly byDefault: ExposedProperty | undefined;
}

/** Whether callers of an audience are shown a property in every row of a list. */
export type Shown = (exposed: ExposedProperty, audience: Audience) => boolean;

/** The parameters of a list that not every caller may use. */
export interface NamingParameters {
  readonly filters: readonly NamingParameter[];
  readonly sort: SortParameter | undefined;
  readonly shown: Shown;
  /** Of `input.invalid`, where an option says so. */
  readonly status: number | undefined;
}

/** @param ownOnly whether the list holds nothing but rows of the caller */
export function shownWhere(ownOnly: (audience: Audience) => boolean): Shown {
  const own = new WeakMap<Audience, boolean>();
  return ({ anyone, owner, roles }, audience) => {
    if (anyone) return true;
    for (const role of roles) if (audience.roles.has(role)) return true;
    if (!owner) return false;
    let known = own.get(audience);
    if (known === undefined) own.set(audience, (known = ownOnly(audience)));
    return known;
  };
}

/**
 * Compiles who may name what: a filter or an order by a property that the caller is not shown would tell what it holds. What is refused is
 * answered as if it were not declared at all.
 */
export function namingCheck({ filters, sort, shown, status }: NamingParameters) {
  const guarded = filters.map(({ key, exposed }) => ({
    key,
    exposed,
    // In the words of the pipe for a parameter that nothing declares.
    denial: refusal(`/${key}`, 'whitelistValidation', 'should not exist', status),
  }));
  const unsorted = sort && refusal(`/${sort.key}`, SORT_REFUSAL.code, SORT_REFUSAL.detail, status);

  return (query: RequestView['query'], audience: Audience): Decision => {
    for (const { key, exposed, denial } of guarded) {
      if (Object.hasOwn(query, key) && !shown(exposed, audience)) return denial;
    }
    if (sort && Object.hasOwn(query, sort.key)) {
      const value = query[sort.key];
      const exposed = typeof value === 'string' ? sort.byValue.get(value) : undefined;
      // What is no order at all is the pipe's to refuse.
      if (exposed && !shown(exposed, audience)) return unsorted;
    }
    return undefined;
  };
}

/** The answer to one parameter that is not valid. */
export function refusal(pointer: string, code: string, detail: string, status: number | undefined): Denial {
  return Object.freeze<Denial>({
    reason: 'input.invalid',
    errors: [{ pointer, code, detail }],
    ...(status === undefined ? {} : { status }),
  });
}
