import type { Type } from '@nestjs/common';
import { NOBODY } from '../../core/audience.js';
import type { GuardCall } from '../../core/control.js';
import type { Decision } from '../../core/decision.js';
import type { FieldError } from '../../core/problem.js';
import { toPointer } from '../../kit/json/json-pointer.js';
import { NOBODY_CALLS } from './admission.js';
import type { GuardedBody } from './authorization.section.js';
import { Presets } from './presets.js';
import { isStored } from './unchanged.js';
import type { BodyRule, PropertyRule } from './write-rule.js';

/** The objects of an entity that a body writes to, and that the route has loaded. */
export interface WrittenObjects {
  /** Whether the caller owns every one. */
  readonly owned: boolean;
  /** The one object, where it is one. */
  readonly single: object | undefined;
}

/** What the route has loaded of an entity; `undefined` where it loads none of it. */
export type WrittenObjectsOf = (entity: Type<object>) => WrittenObjects | undefined;

const MAX_ERRORS = 20;
const DETAIL = 'may not be written by this caller';

/**
 * Checks which of its declared properties a raw body names, and fills those that the caller presets. What the class does not
 * declare is the pipe's to refuse.
 *
 * @param creates whether an object that the route does not load is being created, and so is the caller's
 * @see https://owasp.org/API-Security/editions/2023/en/0xa3-broken-object-property-level-authorization/
 */
export function checkBodies(
  bodies: readonly GuardedBody[],
  { request, facts }: GuardCall,
  creates: boolean,
  objectsOf: WrittenObjectsOf,
): Decision {
  if (request.headers['content-type']?.toLowerCase().startsWith('multipart/')) {
    return { reason: 'access.property', note: 'a multipart body is read after the guard, unchecked' };
  }
  const { principal } = facts;
  const presets = new Presets();
  const walk = new BodyWalk((facts.audience ?? NOBODY).roles, objectsOf, presets);
  const outside: Around = { owner: creates && principal !== null, stored: undefined };
  for (const { property, rule } of bodies) {
    if (property === undefined) walk.visit(request.body, rule, outside);
    else walk.visitProperty(request.body, property, rule, outside);
  }
  if (walk.errors.length > 0) {
    return { reason: 'access.property', note: bodies[0]!.rule.dto.name, errors: walk.errors };
  }
  if (presets.empty) return undefined;
  return principal === null ? NOBODY_CALLS : presets.fill(principal);
}

/** What stands around a value: whether the caller owns it, and the stored object that it is part of. */
interface Around {
  readonly owner: boolean;
  readonly stored: object | undefined;
}

class BodyWalk {
  readonly errors: FieldError[] = [];
  readonly #path: Array<string | number> = [];
  readonly #written = new Map<Type<object>, WrittenObjects | undefined>();

  constructor(
    private readonly roles: ReadonlySet<string>,
    private readonly objectsOf: WrittenObjectsOf,
    private readonly presets: Presets,
  ) {}

  visitProperty(body: unknown, property: string, rule: BodyRule, around: Around): void {
    if (typeof body !== 'object' || body === null || !Object.hasOwn(body, property)) return;
    this.#enter(property, (body as Readonly<Record<string, unknown>>)[property], rule, around);
  }

  visit(value: unknown, rule: BodyRule, around: Around): void {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      // Which of the stored ones an item is nobody knows.
      const each = { owner: around.owner, stored: undefined };
      for (let i = 0; i < value.length && this.errors.length < MAX_ERRORS; i++) {
        this.#enter(i, value[i], rule, each);
      }
      return;
    }
    const body = value as Record<string, unknown>;
    // An object of another entity that is not loaded by itself belongs to the owner of the object around it.
    const written = rule.entity && this.#objectsOf(rule.entity);
    const owner = written?.owned ?? around.owner;
    const stored = written ? written.single : around.stored;
    for (const key of Object.keys(body)) {
      const property = rule.properties.get(key);
      if (property === undefined) continue;
      if (rule.entity !== undefined && !this.#mayWrite(property, owner)) {
        if (this.#isUnchanged(property, owner, stored, body[key])) continue;
        if (this.presets.has(body, key)) continue;
        this.errors.push({ pointer: toPointer([...this.#path, key]), code: 'not-writable', detail: DETAIL });
        if (this.errors.length === MAX_ERRORS) return;
        continue;
      }
      const within = { owner, stored: partOf(stored, property.name) };
      for (const inner of property.nested) {
        this.#enter(key, body[key], inner, within);
        if (this.errors.length === MAX_ERRORS) return;
      }
    }
    if (rule.entity !== undefined && rule.presets.size > 0) this.presets.want(body, rule);
  }

  #enter(step: string | number, value: unknown, rule: BodyRule, around: Around): void {
    this.#path.push(step);
    this.visit(value, rule, around);
    this.#path.pop();
  }

  #mayWrite({ anyone, owner, roles }: PropertyRule, isOwner: boolean): boolean {
    return anyone || (owner && isOwner) || this.#hasOneOf(roles);
  }

  /** Only for those who are shown the value: for others the answer would tell whether they have guessed it. */
  #isUnchanged(
    { name, unchanged }: PropertyRule,
    isOwner: boolean,
    stored: object | undefined,
    sent: unknown,
  ): boolean {
    const exposed = stored && unchanged?.(stored);
    if (!exposed) return false;
    return (
      exposed.every(({ anyone, owner, roles }) => anyone || (owner && isOwner) || this.#hasOneOf(roles)) &&
      isStored(sent, (stored as Readonly<Record<string, unknown>>)[name])
    );
  }

  #hasOneOf(roles: Iterable<string>): boolean {
    for (const role of roles) if (this.roles.has(role)) return true;
    return false;
  }

  #objectsOf(entity: Type<object>): WrittenObjects | undefined {
    if (!this.#written.has(entity)) this.#written.set(entity, this.objectsOf(entity));
    return this.#written.get(entity);
  }
}

function partOf(stored: object | undefined, name: string): object | undefined {
  const part = (stored as Readonly<Record<string, unknown>> | undefined)?.[name];
  return typeof part === 'object' && part !== null && !Array.isArray(part) ? part : undefined;
}
