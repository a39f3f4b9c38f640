import { describe, expect, it } from 'vitest';
import { NOBODY } from '../../lib/core/audience.js';
import { SecurityConfigError } from '../../lib/core/config-error.js';
import type { Principal } from '../../lib/core/principal.js';
import type { LoaderFactory, ResourceLoader } from '../../lib/core/resource-loader.js';
import { ResourceRegistry } from '../../lib/policy/resource-registry.js';
import { defineResource } from '../../lib/policy/resource.js';
import type { RuleBuilder } from '../../lib/policy/rule.js';

class Order {
  id = 'o1';
  userId = 'alice';
  status: 'open' | 'paid' = 'open';
  account: { members: Array<{ userId: string }> } | null = null;
}
class Refund extends Order {}
class Note {
  id = 'n1';
  authorId = 'bob';
}

const alice = { id: 'alice' } as Principal;
const loader: ResourceLoader<Order> = { parseId: String, loadMany: () => [] };

function recording(): { load: LoaderFactory<Order>; contexts: unknown[]; rules: unknown[] } {
  const contexts: unknown[] = [];
  const rules: unknown[] = [];
  return {
    contexts,
    rules,
    load: {
      create: (context) => (contexts.push(context), loader),
      query: (_context, rule) => (rules.push(rule), (principal) => ({ userId: principal.id })),
    },
  };
}

const orders = (load: LoaderFactory<Order>) =>
  defineResource(Order, {
    id: 'id',
    owner: 'userId',
    load,
    can: (r) => ({
      read: r.any(r.owner(), r.owner('account.members.userId'), r.role('support')),
      update: r.all(r.owner(), r.where('status', 'open')),
    }),
  });

describe('a resource', () => {
  it('checks what its rules say, and nothing that they do not', () => {
    const resource = new ResourceRegistry([orders(recording().load)]).of(Order)!;
    expect(resource).toMatchObject({ name: 'Order', entity: Order, ids: ['id'], conceal: true });
    expect([...resource.actions]).toEqual(['read', 'update']);
    expect([...resource.roles]).toEqual(['support']);
    const order = new Order();
    expect(resource.can('update', order, alice, NOBODY)).toBe(true);
    order.status = 'paid';
    expect(resource.can('update', order, alice, NOBODY)).toBe(false);
    expect(resource.owns(order, alice)).toBe(true);
    expect(resource.owns(order, { id: 'bob' } as Principal)).toBe(false);
    expect(resource.can('read', order, { id: 'sue' } as Principal, { roles: new Set(['support']) })).toBe(
      true,
    );
    for (const action of ['delete', 'constructor', '__proto__', '']) {
      expect(resource.can(action, order, alice, { roles: new Set(['support']) })).toBe(false);
    }
  });

  it('is that of exactly its class', () => {
    const registry = new ResourceRegistry([orders(recording().load)]);
    expect(registry.of(Order)?.name).toBe('Order');
    expect(registry.of(Refund)).toBeUndefined();
    expect(registry.of(Note)).toBeUndefined();
  });

  it('gives the loader every path that it has to load, once', () => {
    const { load, contexts } = recording();
    const registry = new ResourceRegistry([orders(load)]);
    const resolve = () => undefined as never;
    registry.connect(resolve);
    expect(contexts).toEqual([
      {
        entity: Order,
        ids: ['id'],
        paths: [['userId'], ['account', 'members', 'userId'], ['status']],
        resolve,
      },
    ]);
    expect(registry.of(Order)!.loader).toBe(loader);
  });

  it('compiles the query of an action once, when it is first asked for', () => {
    const { load, rules } = recording();
    const registry = new ResourceRegistry([orders(load)]);
    registry.connect(() => undefined as never);
    const resource = registry.of(Order)!;
    expect(rules).toEqual([]);
    const query = resource.where('read')!;
    expect(resource.where('read')).toBe(query);
    expect(rules).toHaveLength(1);
    expect(query(alice, NOBODY)).toEqual({ userId: 'alice' });
    expect(resource.where('delete')).toBeUndefined();
  });

  it('takes an injectable loader, which has no queries', () => {
    class OrderLoader implements ResourceLoader<Order> {
      parseId = String;
      loadMany = () => [];
    }
    const made = new OrderLoader();
    const definition = defineResource(Order, {
      id: 'id',
      owner: 'userId',
      load: OrderLoader,
      can: (r) => ({ read: r.owner() }),
    });
    const registry = new ResourceRegistry([definition]);
    expect(() => registry.of(Order)!.loader).toThrow('before ResourceRegistry.connect()');
    registry.connect((token) => (token === OrderLoader ? made : undefined) as never);
    expect(registry.of(Order)!.loader).toBe(made);
    expect(registry.of(Order)!.where('read')).toBeUndefined();
    expect(() => registry.connect(() => ({}) as never)).toThrow('parseId(raw) and loadMany(ids)');
  });

  it('is declared once', () => {
    const { load } = recording();
    expect(() => new ResourceRegistry([orders(load), orders(load)])).toThrow(
      'declared by two defineResource',
    );
  });
});

describe('a rule that is a function', () => {
  const young = (query?: () => object) =>
    defineResource(Order, {
      id: 'id',
      owner: 'userId',
      load: recording().load,
      can: (r) => ({
        read: r.all(
          r.owner(),
          r.fn('young', () => true, query),
        ),
      }),
    });

  it('does not boot where a list needs its query, and says what to write', () => {
    const registry = new ResourceRegistry([young()]);
    registry.connect((() => undefined) as never);
    expect(() => registry.of(Order)!.where('read')).toThrow(SecurityConfigError);
    expect(() => registry.of(Order)!.where('read')).toThrow(
      "Order.can.read has r.fn('young') without a query",
    );
  });

  it('boots with one', () => {
    const registry = new ResourceRegistry([young(() => ({ total: 1 }))]);
    registry.connect((() => undefined) as never);
    expect(() => registry.of(Order)!.where('read')).not.toThrow();
  });
});

describe('a wrong definition', () => {
  const right = { id: 'id', owner: 'userId', load: recording().load, can: () => ({}) };
  const node = (rule: unknown) => ({ can: () => ({ read: { node: rule } }) });

  const surplus =
    (name: keyof RuleBuilder<Order>, ...given: unknown[]) =>
    (r: RuleBuilder<Order>) => ({ read: (r[name] as (...args: unknown[]) => unknown)(...given) });

  it.each([
    ['no class', 'Order', right, 'is given a string'],
    ['no options', Order, undefined, 'is declared by undefined'],
    ['a mistyped option', Order, { ...right, ovner: 'x' }, 'did you mean owner?'],
    ['no id', Order, { ...right, id: [] }, 'names no property'],
    ['an id twice', Order, { ...right, id: ['id', 'id'] }, 'or one twice'],
    ['a prototype as id', Order, { ...right, id: '__proto__' }, '__proto__'],
    ['no owner', Order, { ...right, owner: undefined }, "owner: 'userId'"],
    ['a path with a hole', Order, { ...right, owner: 'account..userId' }, 'account..userId'],
    ['a path of five', Order, { ...right, owner: 'a.b.c.d.e' }, 'at most 4'],
    ['no loader', Order, { ...right, load: {} }, 'fromTypeorm()'],
    ['no rules', Order, { ...right, can: {} }, 'can: (r) =>'],
    ['rules that return nothing', Order, { ...right, can: () => undefined }, 'return the rules'],
    ['conceal of a string', Order, { ...right, conceal: 'no' }, 'true or false'],
    ['an action without rule', Order, { ...right, can: () => ({ read: undefined }) }, 'Order.can.read'],
    ['an unknown rule', Order, { ...right, ...node({ kind: 'never' }) }, 'is not a rule'],
    [
      'an empty all',
      Order,
      { ...right, ...node({ kind: 'any', rules: [{ kind: 'all', rules: [] }] }) },
      'admit everybody',
    ],
    [
      'an empty any',
      Order,
      { ...right, ...node({ kind: 'not', rule: { kind: 'any', rules: [] } }) },
      'everybody under r.not',
    ],
    ['a role without name', Order, { ...right, ...node({ kind: 'role', role: '' }) }, 'r.role('],
    [
      'a value of undefined',
      Order,
      { ...right, ...node({ kind: 'where', path: ['a'], value: undefined }) },
      'compares a',
    ],
    ['NaN', Order, { ...right, ...node({ kind: 'where', path: ['a'], value: NaN }) }, 'compares a'],
    ['an object', Order, { ...right, ...node({ kind: 'where', path: ['a'], value: {} }) }, 'compares a'],
    ['a not of two', Order, { ...right, can: surplus('not', {}, {}) }, 'r.not(r.any('],
    ['two owners in one', Order, { ...right, can: surplus('owner', 'a', 'b') }, 'r.any(r.owner('],
    ['two roles in one', Order, { ...right, can: surplus('role', 'a', 'b') }, 'r.any(r.role('],
    ['two scopes in one', Order, { ...right, can: surplus('scope', 'a', 'b') }, 'r.any(r.scope('],
    ['two values in one', Order, { ...right, can: surplus('where', 'a', 1, 2) }, 'r.any(r.where('],
    ['a same of three', Order, { ...right, can: surplus('same', 'a', 'id', 'b') }, 'r.any(r.same('],
    [
      'a function of four',
      Order,
      {
        ...right,
        can: surplus(
          'fn',
          'a',
          () => true,
          () => ({}),
          1,
        ),
      },
      'r.any(r.fn(',
    ],
    ['an owner of null', Order, { ...right, can: surplus('owner', null) }, 'property names'],
    ['a not of nothing', Order, { ...right, ...node({ kind: 'not' }) }, 'is not a rule'],
    ['a scope of two', Order, { ...right, ...node({ kind: 'scope', scope: 'a b' }) }, 'without spaces'],
    ['a scope of nothing', Order, { ...right, ...node({ kind: 'scope' }) }, 'r.scope('],
    ['same of roles', Order, { ...right, ...node({ kind: 'same', path: ['a'], of: 'roles' }) }, "'tenant'"],
    [
      'same of no claim',
      Order,
      { ...right, ...node({ kind: 'same', path: ['a'], of: 'claims.' }) },
      "'tenant'",
    ],
    [
      'same of a path of five',
      Order,
      { ...right, ...node({ kind: 'same', path: ['a', 'b', 'c', 'd', 'e'], of: 'id' }) },
      'at most 4',
    ],
    [
      'a function without name',
      Order,
      { ...right, ...node({ kind: 'fn', test: () => true }) },
      'without a name',
    ],
    [
      'a function that is none',
      Order,
      { ...right, ...node({ kind: 'fn', name: 'x', test: true }) },
      'with true instead',
    ],
    [
      'a query that is none',
      Order,
      { ...right, ...node({ kind: 'fn', name: 'x', test: () => true, query: {} }) },
      'instead of a function',
    ],
    [
      'a function that waits',
      Order,
      { ...right, ...node({ kind: 'fn', name: 'x', test: async () => true }) },
      'it cannot wait',
    ],
    [
      'a function whose query waits',
      Order,
      { ...right, ...node({ kind: 'fn', name: 'x', test: () => true, query: async () => ({ a: 1 }) }) },
      'it cannot wait',
    ],
    [
      'a path to a prototype',
      Order,
      { ...right, ...node({ kind: 'owner', path: ['constructor', 'name'] }) },
      'constructor.name',
    ],
  ])('is refused at boot: %s', (_name, entity, options, message) => {
    const define = () => defineResource(entity as typeof Order, options as never);
    expect(define).toThrow(SecurityConfigError);
    expect(define).toThrow(message);
    expect(define).toThrow('[resource.invalid]');
  });
});
