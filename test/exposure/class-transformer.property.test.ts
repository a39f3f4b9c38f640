import { instanceToPlain } from 'class-transformer';
import { assert, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SerializerCompiler } from '../../lib/pipeline/output/exposure/serializer.js';
import { declaresExposure } from '../../lib/pipeline/output/exposure/lineage.js';
import { CANARY, Dice, OWNER_GROUP, twin } from './generated.js';
import type { Twin } from './generated.js';
import { AUDIENCES, ROLES, alice, ownedByUserId } from './support.js';
import type { AudienceName } from './support.js';

/** The bytes that a client would get; BigInt as we write it, because JSON.stringify alone throws. */
const bytes = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify({ value }, (_, item: unknown) => (typeof item === 'bigint' ? String(item) : item)),
  );

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const item of value instanceof Map || value instanceof Set ? value.values() : Object.values(value))
    freeze(item);
}

/** The same data without classes, as a raw query returns it. */
function asRow(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, asRow(item)]));
  if (value instanceof Set) return new Set([...value].map(asRow));
  if (Array.isArray(value)) return value.map(asRow);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asRow(item)]));
}

function usable(classes: Twin[]): Twin[] {
  return classes.filter((made) => declaresExposure(made.ours));
}

describe('1,000 generated classes and values', () => {
  it('leave as class-transformer writes them with strategy excludeAll and the groups of each object', () => {
    let written = 0;
    let owned = 0;
    assert(
      property(integer(), (seed) => {
        const dice = new Dice(seed);
        const classes: Twin[] = [];
        const count = 1 + dice.roll(3);
        for (let i = 0; i < count; i++) classes.push(twin(dice, usable(classes)));
        const root = classes.at(-1)!;
        const values = Array.from({ length: 3 }, () => root.make(dice.pick(['alice', 'bob'])));
        const audience = AUDIENCES[dice.pick(Object.keys(AUDIENCES) as AudienceName[])];
        freeze(values.map((value) => value.ours));

        const expected = values.map(({ oracle }) =>
          instanceToPlain(oracle, {
            strategy: 'excludeAll',
            groups: [...audience.roles, ...(oracle.userId === alice.id ? [OWNER_GROUP] : [])],
          }),
        );
        const compiler = new SerializerCompiler({ resource: ownedByUserId(root.ours), roles: ROLES });
        const serialize = compiler.compileSerializer([root.ours]);
        const ours = serialize(
          values.map((value) => value.ours),
          alice,
          audience,
        );
        expect(bytes(ours)).toEqual(bytes(expected));
        expect(JSON.stringify(ours)).not.toContain(CANARY);

        const rows = serialize(
          values.map((value) => asRow(value.ours)),
          alice,
          audience,
        );
        expect(bytes(rows)).toEqual(bytes(expected));
        written += (ours as object[]).filter((object) =>
          Object.values(object).some((item) => item != null),
        ).length;
        owned += values.filter(({ ours: { userId } }) => userId === alice.id).length;
      }),
      { numRuns: 1000, endOnFailure: true },
    );
    // The generator would prove nothing if nothing ever left.
    expect(written).toBeGreaterThan(800);
    expect(owned).toBeGreaterThan(500);
  });
});
