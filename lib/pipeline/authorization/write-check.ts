import type { Type } from '@nestjs/common';
import { NOBODY } from '../../core/audience.js';
import type { GuardCall } from '../../core/control.js';
import type { Decision } from '../../core/decision.js';
import type { FieldError } from '../../core/problem.js';
import type { GuardedBody } from './authorization.section.js';
import type { BodyRule, PropertyRule } from './write-rule.js';

/** Whether the caller owns what a body of this entity writes to; `undefined` where the route loads none of it. */
export type OwnerOf = (entity: Type<object>) => boolean | undefined;

const MAX_ERRORS = 20;
const DETAIL = 'may not be written by this caller';

/**
 * Checks which of its declared properties a raw body names. What the class does not declare is the pipe's to refuse.
 *
 * @param creates whether an object that the route does not load is being created, and so is the caller's
 * @see https://owasp.org/API-Security/editions/2023/en/0xa3-broken-object-property-level-authorization/
 */
export function checkBodies(
  bodies: readonly GuardedBody[],
  { request, facts }: GuardCall,
  creates: boolean,
  ownerOf: OwnerOf,
): Decision {
  if (request.headers['content-type']?.toLowerCase().startsWith('multipart/')) {
    return { reason: 'access.property', note: 'a multipart body is read after the guard, unchecked' };
  }
  const walk = new BodyWalk((facts.audience ?? NOBODY).roles, ownerOf);
  const owner = creates && facts.principal !== null;
  for (const { property, rule } of bodies) {
    if (property === undefined) walk.visit(request.body, rule, owner);
    else walk.visitProperty(request.body, property, rule, owner);
  }
  if (walk.errors.length === 0) return undefined;
  return { reason: 'access.property', note: bodies[0]!.rule.dto.name, errors: walk.errors };
}

class BodyWalk {
  readonly errors: FieldError[] = [];
  readonly #path: Array<string | number> = [];
  readonly #owned = new Map<Type<object>, boolean | undefined>();

  constructor(
    private readonly roles: ReadonlySet<string>,
    private readonly ownerOf: OwnerOf,
  ) {}

  visitProperty(body: unknown, property: string, rule: BodyRule, owner: boolean): void {
    if (typeof body !== 'object' || body === null || !Object.hasOwn(body, property)) return;
    this.#enter(property, (body as Readonly<Record<string, unknown>>)[property], rule, owner);
  }

  visit(value: unknown, rule: BodyRule, enclosing: boolean): void {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length && this.errors.length < MAX_ERRORS; i++) {
        this.#enter(i, value[i], rule, enclosing);
      }
      return;
    }
    // An object of another entity that is not loaded by itself belongs to the owner of the object around it.
    const owner = rule.entity === undefined ? enclosing : (this.#owns(rule.entity) ?? enclosing);
    for (const key of Object.keys(value)) {
      const property = rule.properties.get(key);
      if (property === undefined) continue;
      if (rule.entity !== undefined && !this.#mayWrite(property, owner)) {
        this.errors.push({ pointer: this.#pointerTo(key), code: 'not-writable', detail: DETAIL });
        if (this.errors.length === MAX_ERRORS) return;
        continue;
      }
      for (const inner of property.nested) {
        this.#enter(key, (value as Readonly<Record<string, unknown>>)[key], inner, owner);
        if (this.errors.length === MAX_ERRORS) return;
      }
    }
  }

  #enter(step: string | number, value: unknown, rule: BodyRule, owner: boolean): void {
    this.#path.push(step);
    this.visit(value, rule, owner);
    this.#path.pop();
  }

  #mayWrite({ anyone, owner, roles }: PropertyRule, isOwner: boolean): boolean {
    return anyone || (owner && isOwner) || roles.some((role) => this.roles.has(role));
  }

  #owns(entity: Type<object>): boolean | undefined {
    if (!this.#owned.has(entity)) this.#owned.set(entity, this.ownerOf(entity));
    return this.#owned.get(entity);
  }

  /** Only declared names and list positions are in it: nothing that the client made up. RFC 6901. */
  #pointerTo(key: string): string {
    return [...this.#path, key]
      .map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`)
      .join('');
  }
}
