import type { ExecutionContext, Type } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import type { GuardCall, RequestView } from '../../lib/core/control.js';
import type { Decision, MaybePromise } from '../../lib/core/decision.js';
import type { Finding } from '../../lib/core/finding.js';
import type { Principal, RoleName } from '../../lib/core/principal.js';
import { keepFacts, RequestFacts } from '../../lib/core/request-facts.js';
import type { LoaderFactory } from '../../lib/core/resource-loader.js';
import { AuthorizationControl } from '../../lib/pipeline/authorization/authorization.control.js';
import type { AuthorizationSection } from '../../lib/pipeline/authorization/authorization.section.js';
import { exposedPropertiesOf } from '../../lib/pipeline/output/exposure/exposed-properties.js';
import { defineResource, type ResourceDefinition } from '../../lib/policy/resource.js';
import { ResourceRegistry } from '../../lib/policy/resource-registry.js';
import { RoleHierarchy } from '../../lib/policy/roles.js';
import { declare } from './declare.js';

export class Order {
  id!: string;
  userId!: string;
  status!: 'open' | 'paid';
  total!: number;
  note!: string | null;
  internalNote!: string | null;
  items!: OrderItem[];
}
export class OrderItem {
  sku!: string;
  quantity!: number;
  price!: number;
}
/** Conceals nothing. */
export class Notice {
  id!: string;
  userId!: string;
  text!: string;
}
/** Has no `read` rule and a composite id. */
export class Seat {
  row!: number;
  letter!: string;
  userId!: string;
}

/** A loader over a list that can be told to fail, and tells what it was asked. */
export class Rows<T extends object> implements LoaderFactory<T> {
  readonly calls: unknown[][] = [];
  failure: (() => never) | undefined;
  parser: ((raw: unknown) => unknown) | undefined;
  async = false;
  answer: ((rows: ReadonlyArray<T | undefined>) => unknown) | undefined;
  query: LoaderFactory<T>['query'] = (_context, rule) => (principal, audience) => ({
    rule,
    by: principal.id,
    roles: [...audience.roles],
  });

  constructor(
    readonly rows: T[],
    private readonly ids: ReadonlyArray<keyof T & string>,
    private readonly format = /^[a-z0-9-]{1,36}$/i,
  ) {}

  create(): ReturnType<LoaderFactory<T>['create']> {
    return {
      parseId: (raw) => this.#parse(raw),
      loadMany: (ids): never => {
        this.calls.push([...ids]);
        if (this.failure) this.failure();
        const found = ids.map((id) => this.rows.find((row) => this.#keyOf(row) === this.#keyOf(id)));
        const rows = this.answer ? this.answer(found) : found;
        return (this.async ? Promise.resolve(rows) : rows) as never;
      },
    };
  }

  #parse(raw: unknown): unknown {
    if (this.parser) return this.parser(raw);
    if (this.ids.length > 1) return typeof raw === 'object' ? raw : undefined;
    return typeof raw === 'string' && this.format.test(raw) ? raw.toLowerCase() : undefined;
  }

  #keyOf(value: unknown): string {
    if (typeof value === 'string') return value;
    return this.ids.map((id) => String((value as T)[id])).join('/');
  }
}

const order = (id: string, userId: string): Order =>
  Object.assign(new Order(), {
    id,
    userId,
    status: 'open',
    total: 1,
    note: null,
    internalNote: null,
    items: [],
  });

/** A fresh shop: `a1`, `a2` and `a3` are alice's, `b1` and `b2` bob's, `n1` is nobody's. */
export function shop() {
  const orders = new Rows<Order>(
    [
      order('a1', 'alice'),
      order('a2', 'alice'),
      Object.assign(order('a3', 'alice'), { status: 'paid' }),
      order('b1', 'bob'),
      order('b2', 'bob'),
      Object.assign(order('n1', ''), { userId: undefined }),
    ],
    ['id'],
  );
  const notices = new Rows<Notice>(
    [
      Object.assign(new Notice(), { id: 'a1', userId: 'alice', text: '' }),
      Object.assign(new Notice(), { id: 'b1', userId: 'bob', text: '' }),
    ],
    ['id'],
  );
  const seats = new Rows<Seat>(
    [Object.assign(new Seat(), { row: 1, letter: 'A', userId: 'alice' })],
    ['row', 'letter'],
  );
  const resources = [
    defineResource(Order, {
      id: 'id',
      owner: 'userId',
      load: orders,
      can: (r) => ({
        read: r.any(r.owner(), r.role('support')),
        update: r.all(r.owner(), r.where('status', 'open')),
        refund: r.role('admin'),
        audit: r.role('user'),
      }),
    }),
    defineResource(Notice, {
      id: 'id',
      owner: 'userId',
      load: notices,
      conceal: false,
      can: (r) => ({ read: r.owner() }),
    }),
    defineResource(Seat, {
      id: ['row', 'letter'],
      owner: 'userId',
      load: seats,
      can: (r) => ({ swap: r.owner() }),
    }),
  ];
  return { orders, notices, seats, control: controlOf(resources) };
}

export const ROLES = { admin: ['support'], support: ['user'], user: [] };

export function controlOf(
  resources: ReadonlyArray<ResourceDefinition<any>>,
  roles: Readonly<Record<string, readonly string[]>> = ROLES,
  explained = false,
): AuthorizationControl {
  const registry = new ResourceRegistry(resources);
  registry.connect(() => {
    throw new Error('no providers here');
  });
  return new AuthorizationControl(registry, new RoleHierarchy(roles), explained, exposedPropertiesOf);
}

export function principal(
  id: string,
  roles: readonly string[] = ['user'],
  scopes: readonly string[] = [],
): Principal {
  return { id, roles: roles as RoleName[], scopes, claims: {}, method: 'jwt', authenticatedAt: 0 };
}

export const ALICE = principal('alice');
export const BOB = principal('bob');
export const SUE = principal('sue', ['support']);
export const ROOT = principal('root', ['admin']);

export interface Asked {
  readonly params?: Record<string, unknown>;
  readonly query?: Record<string, unknown>;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/** A guard call of a request by somebody. */
export function callOf(caller: Principal | null, asked: Asked = {}): GuardCall {
  const raw = {} as IncomingMessage;
  const facts = keepFacts(
    raw,
    new RequestFacts('00000000-0000-4000-8000-000000000000', '0'.repeat(32), '203.0.113.7', 0),
  );
  facts.principal = caller;
  const request = {
    headers: {},
    params: {},
    query: {},
    body: undefined,
    raw,
    ...asked,
  } as unknown as RequestView;
  const context = {
    getType: () => 'http',
    switchToHttp: () => ({ getRequest: () => request }),
  } as unknown as ExecutionContext;
  return { context, request, raw, facts };
}

/** One route, compiled. */
export function routeOf(
  control: AuthorizationControl,
  controller: Type,
  methodName: string,
): {
  section: AuthorizationSection;
  findings: readonly Finding[];
  codes: string[];
  words: Readonly<Record<string, string>>;
  decide: (call: GuardCall) => MaybePromise<Decision>;
} {
  const route = declare(controller, methodName);
  const { section, findings, stage } = control.compile(route);
  return {
    section,
    findings,
    codes: findings.map(({ code }) => code),
    words: control.describe(section),
    decide: (call) => {
      call.facts.plan = { route, sections: { authorization: section } } as never;
      return stage!(call);
    },
  };
}
