import { exposureOf } from '../../lib/pipeline/output/exposure/class-exposure.js';
import { visitClasses } from '../../lib/pipeline/output/exposure/class-graph.js';
import { Exclude, Expose, Transform, Type } from 'class-transformer';
import { ExposeFor } from '../../lib/pipeline/output/exposure/expose-for.decorator.js';
import type { ExposureAudience } from '../../lib/pipeline/output/exposure/expose-for.decorator.js';
import { ANYONE, OWNER } from '../../lib/policy/audiences.js';

/** The group that stands for OWNER where class-transformer is the oracle. */
export const OWNER_GROUP = '@owner';

type Cls = new () => Record<string, unknown>;
type Decorate = (prototype: object, key: string) => void;

/** One generated class, twice: with our decorators, and with what class-transformer has for the same meaning. */
export interface Twin {
  readonly ours: Cls;
  readonly oracle: Cls;
  /** Two instances with the same values, one of each class; `owner` becomes the userId. */
  make(owner: string): { ours: Record<string, unknown>; oracle: Record<string, unknown> };
}

const AUDIENCES: readonly ExposureAudience[] = ['admin', 'support', 'user', OWNER, ANYONE];
const TRANSFORMS = [
  (value: unknown) => (typeof value === 'string' ? value.toUpperCase() : value),
  (value: unknown) => (typeof value === 'number' ? value * 2 : value),
  (value: unknown) => (value === null ? 'none' : value),
];

/** Everything random, from one seed, so that a failing seed is the whole counterexample. */
export class Dice {
  constructor(private state: number) {}

  /** A whole number from 0 up to, without, `sides`. */
  roll(sides: number): number {
    // mulberry32
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  }
  pick<T>(items: readonly T[]): T {
    return items[this.roll(items.length)]!;
  }
  /** Some of the items, at least one, in their order. */
  some<T>(items: readonly T[]): T[] {
    const chosen = items.filter(() => this.roll(2) === 0);
    return chosen.length > 0 ? chosen : [this.pick(items)];
  }
}

const SCALARS: readonly unknown[] = [
  '',
  'text',
  'Ünïcödé \u2028',
  '12',
  '__proto__',
  0,
  -1.5,
  2 ** 53,
  true,
  false,
  null,
  undefined,
  2n ** 64n,
  new Date(0),
  new Date(Number.NaN),
];

let serial = 0;
/** What an undeclared property holds: it must never be seen again. */
export const CANARY = 'CANARY-';

interface Made {
  readonly ours: unknown;
  readonly oracle: unknown;
}
const same = (value: unknown): Made => ({ ours: value, oracle: value });

/** Generates a class that may hold instances of the classes generated before it, and may extend one of them. */
export function twin(dice: Dice, earlier: readonly Twin[]): Twin {
  const base = earlier.length > 0 && dice.roll(4) === 0 ? dice.pick(earlier) : undefined;
  const ours = named(base?.ours);
  const oracle = named(base?.oracle);
  const makers = new Map<string, () => Made>();
  const count = 1 + dice.roll(5);
  for (let i = 0; i < count; i++) {
    const key = `p${i}_${++serial}`;
    // At most two nested properties a class, or the values grow without bound.
    property(dice, key, ours, oracle, i < 2 ? earlier : [], makers);
  }
  return {
    ours,
    oracle,
    make(owner) {
      const inherited = base?.make(owner) ?? { ours: {}, oracle: {} };
      const values = {
        ours: Object.assign(new ours(), inherited.ours, { userId: owner, hidden: `${CANARY}${++serial}` }),
        oracle: Object.assign(new oracle(), inherited.oracle, {
          userId: owner,
          hidden: `${CANARY}${serial}`,
        }),
      };
      for (const [key, maker] of makers) {
        const made = maker();
        values.ours[key] = made.ours;
        values.oracle[key] = made.oracle;
      }
      return values;
    },
  };
}

function named(base: Cls | undefined): Cls {
  return base ? class extends base {} : (class {} as unknown as Cls);
}

function property(
  dice: Dice,
  key: string,
  ours: Cls,
  oracle: Cls,
  earlier: readonly Twin[],
  makers: Map<string, () => Made>,
): void {
  const both = (decorate: Decorate) => {
    decorate(ours.prototype as object, key);
    decorate(oracle.prototype as object, key);
  };
  const nested = earlier.length > 0 && dice.roll(2) === 0 ? dice.pick(earlier) : undefined;
  const maker = nested ? nestedValue(dice, key, ours, oracle, nested) : scalarValue(dice, both);
  const rolled = dice.pick(['ours', 'ours', 'ours', 'theirs', 'theirs', 'undeclared', 'excluded', 'input']);
  // Only @ExposeFor can say that what a property holds is a part, so that OWNER in it is known.
  const exposure = rolled === 'theirs' && nested && asksForOwner(nested.ours) ? 'ours' : rolled;
  makers.set(key, exposure === 'undeclared' && !nested ? () => same(`${CANARY}${++serial}`) : maker);
  const name = dice.roll(4) === 0 ? `n_${key}` : undefined;
  if (exposure === 'ours') exposeForTwin(dice, key, ours, oracle, name);
  if (exposure === 'theirs') {
    const groups = dice.roll(3) === 0 ? undefined : dice.some(['admin', 'support', 'user', 'unknown']);
    both(Expose({ name, groups, toPlainOnly: dice.pick([true, undefined]) }));
  }
  if (exposure === 'excluded') {
    both(Expose({ name }));
    both(Exclude());
  }
  if (exposure === 'input') both(Expose({ name, toClassOnly: true }));
  if (!nested && dice.roll(3) === 0) {
    const change = dice.pick(TRANSFORMS);
    const groups = dice.pick([undefined, ['user'], ['admin'], ['support', 'unknown']]);
    both(Transform(({ value }) => change(value), { groups, toClassOnly: dice.roll(10) === 0 }));
  }
}

function exposeForTwin(dice: Dice, key: string, ours: Cls, oracle: Cls, name: string | undefined): void {
  const audiences = dice.some(AUDIENCES);
  const cut = dice.roll(audiences.length);
  // Several on one property unite.
  for (const some of [audiences.slice(0, cut), audiences.slice(cut)]) {
    if (some.length > 0)
      ExposeFor(...(some as [ExposureAudience]), { part: true })(ours.prototype as object, key);
  }
  if (name) Expose({ name })(ours.prototype as object, key);
  const groups = audiences.map((audience) => (audience === OWNER ? OWNER_GROUP : (audience as string)));
  Expose(audiences.includes(ANYONE) ? { name } : { name, groups })(oracle.prototype as object, key);
}

function scalarValue(dice: Dice, both: (decorate: Decorate) => void): () => Made {
  const one = () => dice.pick(SCALARS);
  const shape = dice.pick(['one', 'one', 'list', 'set', 'map', 'matrix', 'typed'] as const);
  if (shape === 'typed') {
    const type = dice.pick([String, Number, Boolean, Date]);
    both(Type(() => type));
    both(Reflect.metadata('design:type', type));
    return () => same(dice.pick(SCALARS.filter((value) => typeof value !== 'bigint')));
  }
  const list = () => Array.from({ length: dice.roll(4) }, one);
  const emitted = { one: Object, list: Array, set: Set, map: Map, matrix: Array }[shape];
  both(Reflect.metadata('design:type', emitted));
  if (shape === 'one') return () => same(one());
  if (shape === 'list') return () => same(list());
  if (shape === 'matrix') return () => same([list(), list()]);
  if (shape === 'set') return () => same(new Set(list()));
  return () => same(new Map(list().map((value) => [dice.pick(['a', 'b', '__proto__', 'toString']), value])));
}

function nestedValue(dice: Dice, key: string, ours: Cls, oracle: Cls, nested: Twin): () => Made {
  const shape = dice.pick(['one', 'list', 'set', 'map', 'emitted'] as const);
  const emitted = { one: Object, list: Array, set: Set, map: Map };
  for (const [cls, type] of [
    [ours, nested.ours],
    [oracle, nested.oracle],
  ] as const) {
    const design: unknown = shape === 'emitted' ? type : emitted[shape];
    Reflect.defineMetadata('design:type', design, cls.prototype as object, key);
    // Where TypeScript emits the class, class-transformer goes by the instance, and we by what was emitted.
    if (shape !== 'emitted') Type(() => type)(cls.prototype as object, key);
  }
  const one = () => (dice.roll(5) === 0 ? same(dice.pick([null, undefined])) : nested.make('nobody'));
  const many = () => Array.from({ length: dice.roll(3) }, one);
  const both = (made: Made[], into: (values: unknown[]) => unknown): Made => ({
    ours: into(made.map((item) => item.ours)),
    oracle: into(made.map((item) => item.oracle)),
  });
  if (shape === 'list') return () => both(many(), (values) => values);
  if (shape === 'set') return () => both(many(), (values) => new Set(values));
  if (shape === 'map')
    return () => both(many(), (values) => new Map(values.map((value, i) => [`k${i}`, value])));
  return one;
}

/** Whether a class, or one that it may hold, exposes anything for OWNER. */
function asksForOwner(type: Cls): boolean {
  let asks = false;
  visitClasses(
    type,
    () => false,
    (each) => {
      for (const { rule } of exposureOf(each).properties.values()) asks ||= rule.owner;
    },
  );
  return asks;
}
