import { describe, expect, it } from 'vitest';
import type { Principal } from '../../lib/core/principal.js';
import type { LoaderFactory } from '../../lib/core/resource-loader.js';
import { defineResource, type ResourceOptions } from '../../lib/policy/resource.js';
import { ResourceRegistry } from '../../lib/policy/resource-registry.js';
import type { RuleBuilder } from '../../lib/policy/rule.js';

class Doc {
  id!: string;
  userId!: string;
  keeperId!: string;
  kind!: string;
}
class Draft extends Doc {}
class Sealed extends Draft {
  sealedAt!: Date;
}
class Other {
  id!: string;
  userId!: string;
  keeperId!: string;
  kind!: string;
}

const load: LoaderFactory<any> = { create: () => ({ parseId: String, loadMany: () => [] }) };
const isMine = (doc: Doc, caller: Principal) => doc.userId === caller.id;
const rules = (r: RuleBuilder<Doc>) => ({
  read: r.any(r.owner(), r.all(r.role('support'), r.not(r.where('kind', 'sealed')))),
  close: r.fn('mine', isMine),
});
const of = (entity: new () => Doc, more: Partial<ResourceOptions<Doc>> = {}) =>
  defineResource<Doc>(entity, { id: 'id', owner: 'userId', load, can: rules, ...more });

describe('a resource whose class extends that of another', () => {
  it.each<[string, Partial<ResourceOptions<Doc>>, string]>([
    ['another owner', { owner: 'keeperId', can: rules }, 'Sealed.owner is another than that of Doc'],
    ['another answer to the foreign', { conceal: false }, 'Sealed.conceal is another than that of Doc'],
    ['no rule', { can: (r) => ({ read: rules(r).read }) }, 'Sealed.can.close is missing and is there in Doc'],
    [
      'a stricter rule',
      { can: (r) => ({ ...rules(r), read: r.owner() }) },
      'Sealed.can.read is another rule than that of Doc',
    ],
    [
      'another function of the same name',
      { can: (r) => ({ ...rules(r), close: r.fn('mine', () => false) }) },
      'Sealed.can.close is another rule than that of Doc',
    ],
    [
      'a function with a query',
      { can: (r) => ({ ...rules(r), close: r.fn('mine', isMine, () => ({ id: '1' })) }) },
      'Sealed.can.close is another rule than that of Doc',
    ],
  ])('does not start with %s, in whatever order they are declared', (_name, more, message) => {
    const sealed = of(Sealed, more);
    for (const resources of [
      [of(Doc), sealed],
      [sealed, of(Doc)],
    ]) {
      expect(() => new ResourceRegistry(resources)).toThrow(
        `${message}, and Sealed extends Doc: a route that names Doc hands out each Sealed by what Doc says`,
      );
    }
    expect(() => new ResourceRegistry([of(Doc), of(Draft), of(Sealed)])).not.toThrow();
    expect(() => new ResourceRegistry([sealed])).not.toThrow();
  });

  it('is told of functions that are written in rules, where both have some', () => {
    const inline = {
      can: (r: RuleBuilder<Doc>) => ({ ...rules(r), close: r.fn('mine', (doc) => doc.kind === 'a') }),
    };
    expect(() => new ResourceRegistry([of(Doc, inline), of(Sealed, inline)])).toThrow(
      /→ name the functions of r.fn outside of the rules, .*; or write in both what Doc says/,
    );
    expect(
      () => new ResourceRegistry([of(Doc), of(Sealed, { can: (r) => ({ ...rules(r), close: r.owner() }) })]),
    ).toThrow(/→ write in both/);
  });

  it('has no read of its own where the other has none: what a route of the base hands out leaves by the base', () => {
    const without = { can: (r: RuleBuilder<Doc>) => ({ close: rules(r).close }) };
    const resources = [of(Doc, without), of(Sealed)];
    expect(() => new ResourceRegistry(resources)).toThrow(
      'Sealed.can.read is a rule, and Doc has none, and Sealed extends Doc',
    );
    expect(() => new ResourceRegistry([of(Doc, without), of(Sealed, without)])).not.toThrow();
  });

  it('may say the same in other words, and have actions of its own', () => {
    const sealed = defineResource<Sealed>(Sealed, {
      id: 'id',
      owner: 'userId',
      load,
      can: (r) => ({
        read: r.any(r.owner('userId'), r.all(r.role('support'), r.not(r.where('kind', 'sealed')))),
        close: r.fn('mine', isMine),
        open: r.owner('keeperId'),
      }),
    });
    const registry = new ResourceRegistry([sealed, of(Doc), of(Other)]);
    expect(registry.extending(registry.of(Doc)!)).toEqual([registry.of(Sealed)]);
    expect(registry.extending(registry.of(Sealed)!)).toEqual([]);
    expect([...registry.of(Sealed)!.bases]).toEqual([Doc]);
  });

  it('is one by its prototype, however it was made', () => {
    function Old() {}
    Object.setPrototypeOf(Old.prototype as object, Doc.prototype);
    const bare = (() => undefined) as never;
    expect(() => new ResourceRegistry([of(Doc), of(Old as never, { conceal: false })])).toThrow(
      'Old.conceal',
    );
    expect(() => new ResourceRegistry([of(Doc), of(bare, { conceal: false })])).not.toThrow();
  });
});
