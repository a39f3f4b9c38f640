import 'reflect-metadata';
import { SecurityConfigError } from '../../../core/config-error.js';
import { metadataKey, placeOf } from '../../../core/metadata.js';
import { unreadOption } from '../../../core/options.js';
import type { RoleName } from '../../../core/principal.js';
import type { ANYONE, OWNER } from '../../../policy/audiences.js';

/** Who may see a property: a role (with all that inherit it), the object's owner, or everyone that the route admits. */
export type ExposureAudience = RoleName | typeof OWNER | typeof ANYONE;

/** A class named late, so that two files may name one another. */
export type TypeThunk = () => abstract new (...args: never[]) => unknown;

/** What `@ExposeFor` cannot read from the property itself. */
export interface ExposeOptions {
  /**
   * The class of the property, or of its elements where the property is an array, a Set or a Map: TypeScript emits no element
   * type. `() => Object` is the spoken opt-in for a JSON column: plain JSON values are copied whole, class instances refused.
   */
  readonly type?: TypeThunk;
  /**
   * `true`: what it holds are parts of the object around it, so that the owner of that one is `OWNER` in them. Without it `OWNER` in a
   * class that is no resource does not start: a comment under a post need not be the poster's.
   */
  readonly part?: boolean;
}

/** One `@ExposeFor` as it was written. */
export interface ExposeDeclaration {
  readonly audiences: readonly ExposureAudience[];
  readonly type: TypeThunk | undefined;
  readonly part: boolean;
}

type Audiences = [ExposureAudience, ...ExposureAudience[]];
type Target = (target: object, property: string) => void;

const EXPOSED = metadataKey('expose-for');

/**
 * Lets a property leave in a response, for these audiences. A property without it never leaves (OWASP API3). Several on one
 * property unite; a subclass that declares a property again replaces what it inherits. On a getter it exposes what the getter
 * returns, on a method what the method returns.
 *
 * @throws {SecurityConfigError} `exposure.invalid` for no audience, a static or a symbol property.
 * @see https://owasp.org/API-Security/editions/2023/en/0xa3-broken-object-property-level-authorization/
 * @example
 * ```ts
 * class Order {
 *   @ExposeFor(ANYONE) id!: string;
 *   @ExposeFor(OWNER, 'support') total!: number;
 *   @ExposeFor(OWNER, 'support', { type: () => OrderItem }) items!: OrderItem[];
 *   passwordHash!: string; // undeclared: never leaves
 * }
 * ```
 */
export function ExposeFor(...audiences: Audiences): Target;
export function ExposeFor(...audiencesAndOptions: [...Audiences, ExposeOptions]): Target;
export function ExposeFor(...args: ReadonlyArray<ExposureAudience | ExposeOptions>): Target {
  const [options, ...more] = args.filter((arg) => typeof arg === 'object' && arg !== null);
  // A second one would be left out without a word: it is no audience either.
  const audiences = [
    ...args.filter((arg) => typeof arg !== 'object' || arg === null),
    ...more,
  ] as ExposureAudience[];
  return (target, property) => {
    check(target, property, audiences, options);
    const declared = new Map(declarationsOn(target));
    declared.set(property, [
      ...(declared.get(property) ?? []),
      { audiences, type: options?.type, part: options?.part === true },
    ]);
    Reflect.defineMetadata(EXPOSED, declared, target);
  };
}

/** What `@ExposeFor` says on one prototype, without what it inherits. */
export function declarationsOn(prototype: object): ReadonlyMap<string, readonly ExposeDeclaration[]> {
  return (Reflect.getOwnMetadata(EXPOSED, prototype) as Map<string, ExposeDeclaration[]> | undefined) ?? NONE;
}

const NONE: ReadonlyMap<string, readonly ExposeDeclaration[]> = new Map();

function check(
  target: object,
  property: string | symbol,
  audiences: readonly unknown[],
  options: ExposeOptions | undefined,
): void {
  const fail = (problem: string, fix: string): never => {
    throw new SecurityConfigError('exposure.invalid', placeOf(target, property), problem, fix);
  };
  if (audiences.length === 0)
    fail('has @ExposeFor() without an audience', 'write @ExposeFor(ANYONE), @ExposeFor(OWNER) or a role');
  if (
    audiences.some(
      (audience) => (typeof audience !== 'string' && typeof audience !== 'symbol') || audience === '',
    )
  ) {
    fail(
      'has @ExposeFor with something that is no audience',
      "write roles, OWNER and ANYONE: @ExposeFor(OWNER, 'support')",
    );
  }
  const unread = options && unreadOption('@ExposeFor', options, ['type', 'part']);
  if (unread) fail(...unread);
  const { type, part } = options ?? { part: true };
  if ((type === undefined && part !== true) || (type !== undefined && typeof type !== 'function')) {
    fail('has @ExposeFor with options, but no type', 'write @ExposeFor(…, { type: () => OrderItem })');
  }
  if (typeof target === 'function') fail('is static', 'expose properties of the instances');
  if (typeof property !== 'string' || property === '__proto__') {
    fail('cannot be a property of a JSON object', 'expose properties that are named by a string');
  }
}
