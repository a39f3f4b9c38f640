import { createSecretKey, randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Algorithm } from '../../lib/kit/keys/algorithm.js';
import { KeySet } from '../../lib/kit/keys/key-set.js';

const key = createSecretKey(randomBytes(64));
const NAMES: readonly Algorithm[] = ['HS256', 'HS384', 'HS512'];
const kids = fc.constantFrom(undefined, 'a', 'b', '__proto__');

describe('the keys that a token is tried with', () => {
  it('fit its algorithm, and its kid or have none, in their order, four at most', () => {
    const keys = fc.array(
      fc.record({
        kid: kids,
        algorithms: fc.subarray([...NAMES], { minLength: 1 }).map((names) => new Set(names)),
        key: fc.constant(key),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(keys, fc.constantFrom(...NAMES), kids, (list, algorithm, kid) => {
        const fitting = list.filter(({ algorithms }) => algorithms.has(algorithm));
        const named = fitting.filter((each) => kid === undefined || each.kid === kid);
        const expected = named.length > 0 ? named : fitting.filter((each) => each.kid === undefined);
        const found = new KeySet(list).candidates(algorithm, kid);
        expect(found).toHaveLength(Math.min(4, expected.length));
        found.forEach((each, i) => expect(each).toBe(expected[i]));
      }),
    );
  });
});
