import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRefreshToken } from '../../../lib/accounts/sessions/refresh-token.js';
import { house, nobodyInParticular as load, reasonOf } from './support.js';
import { signIn } from '../../support/sign-in.js';

const RUNS = 100_000;
const base64url = (length: number) =>
  fc.string({
    unit: fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.split('')),
    minLength: length,
    maxLength: length,
  });
/** The form of a token, and none that was ever made. */
const shaped = fc.tuple(base64url(22), base64url(43), base64url(22)).map((parts) => parts.join('.'));

describe('what is no refresh token', () => {
  it('is read without an exception, whatever it is', () => {
    const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.anything(), shaped);
    fc.assert(
      fc.property(anything, (value) => {
        const token = readRefreshToken(value);
        expect(token === undefined || Object.values(token).join('.') === value).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });

  it('is refused as session.invalid: made up, changed by a character, cut, added to', async () => {
    const { service, types } = house();
    const { refreshToken } = await signIn(service, { id: 'alice' });
    const changed = fc
      .tuple(fc.nat(refreshToken.length - 1), base64url(1))
      .map(([at, by]) => refreshToken.slice(0, at) + by + refreshToken.slice(at + 1));
    const cut = fc.nat(refreshToken.length - 1).map((length) => refreshToken.slice(0, length));
    const around = fc.tuple(fc.string(), fc.string()).map(([a, b]) => a + refreshToken + b);
    await fc.assert(
      fc.asyncProperty(fc.oneof(shaped, changed, cut, around, fc.anything()), async (value) => {
        fc.pre(value !== refreshToken);
        expect(await reasonOf(service.refresh(value, load))).toBe('session.invalid');
      }),
      { numRuns: 20_000 },
    );
    expect(types()).toEqual([]);
    expect(await reasonOf(service.refresh(refreshToken, load))).toBe('none');
  });
});
