import { refuseUnknown } from '../../core/options.js';
import type { RoleName } from '../../core/principal.js';
import { isScope } from '../../core/scope.js';

/** What a new API key is made of. */
export interface NewApiKey {
  /** The id of the principal whose key it is, and as whom its requests act. */
  readonly owner: string;
  /** What its owner calls it: 1 to 100 characters. */
  readonly name: string;
  /** All that it may: 1 to 50 scopes, without spaces. */
  readonly scopes: readonly string[];
  /** Default: none, whatever roles its owner has. */
  readonly roles?: readonly RoleName[];
  /** The tenant of its requests. */
  readonly tenant?: string;
  /** How long it lives, up to `accounts.apiKeys.lifetimeDays`, which is the default. */
  readonly days?: number;
}

const KNOWN = ['owner', 'name', 'scopes', 'roles', 'tenant', 'days'];
const MAX_OWNER = 256;
const MAX_NAME = 100;
const MAX_WORDS = 50;
const MAX_WORD = 100;

/**
 * Refuses what no key can be made of. Where it comes from a request, its DTO has refused it before.
 *
 * @throws {TypeError} for what is not as {@link NewApiKey} says
 */
export function checkNewApiKey(wanted: NewApiKey): void {
  refuseUnknown('A new API key', wanted, KNOWN);
  const { owner, name, scopes, roles = [], tenant = 'none' } = wanted;
  if (!isText(owner, MAX_OWNER)) throw wrong('owner', `a text of 1 to ${MAX_OWNER} characters`);
  if (!isText(name, MAX_NAME) || /\p{Cc}/u.test(name))
    throw wrong('name', `a text of 1 to ${MAX_NAME} characters without control characters`);
  if (!isList(scopes) || scopes.length === 0 || !scopes.every(isScope))
    throw wrong('scopes', `a list of 1 to ${MAX_WORDS} scopes without spaces`);
  if (!isList(roles)) throw wrong('roles', `a list of at most ${MAX_WORDS} roles`);
  if (!isText(tenant, MAX_OWNER)) throw wrong('tenant', `a text of 1 to ${MAX_OWNER} characters`);
}

/**
 * Milliseconds of a span.
 *
 * @throws {TypeError} where it is no whole number from `min` to `max`
 */
export function spanOf(
  name: string,
  units: number,
  bounds: { min: number; max: number },
  unit: number,
): number {
  if (!Number.isInteger(units) || units < bounds.min || units > bounds.max)
    throw wrong(name, `a whole number from ${bounds.min} to ${bounds.max}`);
  return units * unit;
}

function isText(value: unknown, max: number): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= max;
}

function isList(value: unknown): value is string[] {
  return Array.isArray(value) && value.length <= MAX_WORDS && value.every((word) => isText(word, MAX_WORD));
}

function wrong(name: string, what: string): TypeError {
  return new TypeError(`${name} of an API key must be ${what}.`);
}
