import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { house, nobodyInParticular as load, reasonOf } from './support.js';
import { signIn } from '../../support/sign-in.js';

const [GRACE, IDLE, ABSOLUTE] = [10, 100, 300];

/** What a session is, told without digests, nonces and stores. */
interface Line {
  readonly owner: string;
  readonly began: number;
  /** All tokens that it has had, the present one last. */
  readonly tokens: string[];
  rotated: number;
  alive: boolean;
  loggedOut: boolean;
}

type Step =
  | { readonly do: 'login'; readonly owner: string }
  | { readonly do: 'refresh'; readonly line: number; readonly back: number }
  | { readonly do: 'logout'; readonly line: number }
  | { readonly do: 'everywhere'; readonly owner: string }
  | { readonly do: 'pass'; readonly seconds: number };

const owner = fc.constantFrom('alice', 'bob');
const line = fc.nat(5);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant('login' as const), owner }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('refresh' as const),
      line,
      back: fc.oneof(fc.constant(0), fc.constant(1), fc.nat(4)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('logout' as const), line }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('everywhere' as const), owner }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      seconds: fc.constantFrom(1, 4, 9, 10, 11, 60, 99, 100),
    }),
  },
);

/** What a refresh must come to, and what it leaves behind. */
function expected(of: Line, back: number, now: number): string {
  if (!of.alive || now >= Math.min(of.rotated + IDLE, of.began + ABSOLUTE)) return 'session.invalid';
  const mayUse = back === 0 || (back === 1 && now - of.rotated < GRACE);
  if (!mayUse) {
    of.alive = false;
    return 'session.reused';
  }
  if (of.loggedOut) {
    of.alive = false;
    return 'session.ended';
  }
  return 'none';
}

describe('sessions and a model of them', () => {
  it('agree after any steps', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
        const { service, pass, types, principalOf } = house({
          sessions: { grace: GRACE, idle: IDLE, absolute: ABSOLUTE, accessTtl: 10 },
        });
        const lines: Line[] = [];
        let now = 0;
        let reused = 0;
        for (const each of steps) {
          if (each.do === 'pass') {
            now += each.seconds;
            pass(each.seconds);
          } else if (each.do === 'login') {
            const { refreshToken } = await signIn(service, { id: each.owner });
            const began = { owner: each.owner, began: now, rotated: now, alive: true, loggedOut: false };
            lines.push({ ...began, tokens: [refreshToken] });
          } else if (each.do === 'everywhere') {
            await service.logoutEverywhere(each.owner);
            for (const of of lines) if (of.owner === each.owner) of.loggedOut = true;
          } else if (lines.length > 0) {
            const of = lines[each.line % lines.length]!;
            if (each.do === 'logout') {
              await service.logout({
                claims: { iss: 'https://shop.example', sid: of.tokens[0]!.split('.')[0] },
              } as never);
              of.alive = false;
              continue;
            }
            const back = Math.min(each.back, of.tokens.length - 1);
            const token = of.tokens.at(-1 - back)!;
            const should = expected(of, back, now);
            if (should === 'session.reused') reused++;
            if (should !== 'none') {
              expect(await reasonOf(service.refresh(token, load))).toBe(should);
              continue;
            }
            const { refreshToken, accessToken } = await service.refresh(token, load);
            expect((await principalOf(accessToken)).id).toBe(of.owner);
            if (back === 1) expect(refreshToken).toBe(of.tokens.at(-1));
            else {
              expect(of.tokens).not.toContain(refreshToken);
              of.tokens.push(refreshToken);
              of.rotated = now;
            }
          }
        }
        expect(types().filter((type) => type === 'session.reused')).toHaveLength(reused);
      }),
      { numRuns: Number(process.env['GATEHOUSE_PROPERTY_RUNS'] ?? 400) },
    );
  });
});
