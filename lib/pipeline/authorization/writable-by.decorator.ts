import type { Type } from '@nestjs/common';
import { metadataKey } from '../../core/metadata.js';
import type { RoleName } from '../../core/principal.js';
import type { ANYONE, OWNER } from '../../policy/audiences.js';
import { unreadOption } from '../../core/options.js';
import { accessError } from './access-error.js';
import { checkProperty, propertyRules } from './property-rules.js';

/** Who may write a property: a role (with all that include it), the object's owner, or everyone that the route admits. */
export type WritingAudience = RoleName | typeof OWNER | typeof ANYONE;

/** What `@WritableBy` may be told behind the audiences. */
export interface WritableOptions {
  /**
   * `'allow'`: everybody may send the value that the loaded object has, so that a client may send a whole object back (`PUT`). It
   * holds for callers who are shown the property: others would learn what it holds.
   */
  readonly ifUnchanged: 'allow';
}

/** What `@WritableBy` says of one property. */
export interface WriteGrant {
  readonly audiences: readonly WritingAudience[];
  readonly ifUnchanged: boolean;
}

const RULES = propertyRules<WriteGrant>(
  metadataKey('writable-by'),
  (present, more) => ({
    audiences: [...present.audiences, ...more.audiences],
    ifUnchanged: present.ifUnchanged || more.ifUnchanged,
  }),
  // Neither class has said who may write what both are now.
  () => undefined,
);

type Audiences = [WritingAudience, ...WritingAudience[]];

/**
 * Lets these audiences write a property of a `@WritesTo` class. Several on one property unite; a subclass that declares a
 * property again replaces what it inherits; `PickType`, `PartialType` and their like take it along. A property without it is
 * writable by nobody, which stops the boot.
 *
 * @throws {SecurityConfigError} `access.invalid` for no audience, an option that it has not, a static or a symbol property.
 * @see https://owasp.org/API-Security/editions/2023/en/0xa3-broken-object-property-level-authorization/
 * @example
 * ```ts
 * @WritableBy(OWNER, 'support') @MaxLength(500) note?: string;
 * @WritableBy('support', { ifUnchanged: 'allow' }) @IsIn(STATUSES) status!: OrderStatus;
 * ```
 */
export function WritableBy(
  ...said: Audiences | [...Audiences, WritableOptions]
): (target: object, property: string) => void {
  const last: unknown = said.at(-1);
  const options = typeof last === 'object' && last !== null ? last : undefined;
  const named = (options ? said.slice(0, -1) : said) as ReadonlyArray<string | symbol>;
  return (target, property) => {
    const wrong = (problem: string, fix: string) => accessError(target, property, problem, fix);
    const isAudience = (one: unknown) => (typeof one === 'string' && one !== '') || typeof one === 'symbol';
    if (named.length === 0 || !named.every(isAudience)) {
      const fix = "write @WritableBy(OWNER), @WritableBy(ANYONE) or a role: @WritableBy('support')";
      throw wrong('has @WritableBy without an audience', fix);
    }
    const unread = options && unreadOption('@WritableBy', options, ['ifUnchanged']);
    if (unread) throw wrong(...unread);
    if (options && (options as Partial<WritableOptions>).ifUnchanged !== 'allow') {
      throw wrong('has @WritableBy with another ifUnchanged', "write { ifUnchanged: 'allow' }");
    }
    checkProperty(target, property);
    const audiences = named as readonly WritingAudience[];
    RULES.declare(target, property, { audiences, ifUnchanged: options !== undefined });
  };
}

/** What `@WritableBy` says of each property of a class; for an inherited property, the nearest class that declares it. */
export function writableProperties(dto: Type<object>): ReadonlyMap<string, WriteGrant> {
  return RULES.of(dto);
}
