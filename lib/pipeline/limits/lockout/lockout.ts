import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { systemClock, type Clock } from '../../../core/clock.js';
import { refuseUnknown } from '../../../core/options.js';
import { factsOf, rawRequest } from '../../../core/request-facts.js';
import { SecurityDenial } from '../../../core/security-denial.js';
import type { Consume, Consumed, Rate, StateOp, StateResult } from '../../../core/state-store.js';
import { addCookie } from '../../../kit/http/add-cookie.js';
import { addressKey, siteKey } from '../../../kit/http/address.js';
import type { GuardedStore } from '../../../kit/state/guarded-store.js';
import { unavailable } from '../../../kit/state/state-trip.js';
import { longestWait } from '../limit-charge.js';
import { wholeSeconds } from '../limit-headers.js';
import { accountName } from './account-name.js';
import { DeviceCookie, type Device } from './device-cookie.js';
import type { LockoutSettings } from './lockout.options.js';

/** Somebody who tries to sign in. */
export interface SignIn {
  /**
   * Which account: the name as typed, whether there is such an account or not. An id of those that there are would tell them from the
   * others: the name in other letters would then be counted for itself there, and together with the name where nobody has it. Case,
   * Unicode form, blanks around it and characters that nobody sees make no difference here. Look the account up by one spelling alone.
   */
  readonly account: string;
  /** What changes when the password changes, for example its hash; `undefined` where there is no such account. Only a MAC of it is kept. */
  readonly credential: string | undefined;
  /** The adapter's request, or Node's own. */
  readonly request: unknown;
}

interface Counted {
  readonly what: 'account' | 'address' | 'device';
  readonly op: Consume;
}

/**
 * Slows down who guesses passwords, without locking out whom they guess at. Failures are counted exactly, on the account and on the
 * address (IPv6: its /64 and, with sixteen times as much, its /48), before the password is looked at, so that guessing in parallel gains
 * nothing; a success gives back what it cost. A device that has signed in before has a count of its own: it stays usable while strangers
 * are locked out. What there is no account for takes the same way. An attempt that the store answers too late is 503 and counts nothing.
 *
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Authentication_Cheat_Sheet.html#account-lockout
 * @example
 * ```ts
 * const user = await this.lockout.attempt(
 *   { account: dto.username, credential: found?.passwordHash, request },
 *   async () => (await this.passwords.verify(found?.passwordHash, dto.password)).valid && found,
 * );
 * ```
 */
export class Lockout {
  readonly #cookie: DeviceCookie | undefined;

  constructor(
    private readonly settings: LockoutSettings,
    private readonly store: Pick<GuardedStore, 'run'>,
    private readonly clock: Clock = systemClock,
  ) {
    if (settings.secret) this.#cookie = new DeviceCookie(settings.secret, settings.deviceAge);
  }

  /**
   * Runs `verify`, unless the account, the address or the device has failed too often. What `verify` gives back is given back;
   * `undefined`, `null` and `false` are a failure. Where `verify` throws, what was counted before is given back.
   *
   * @throws {SecurityDenial} `limit.locked` (429 with `Retry-After`), `state.unavailable` (503): nobody signs in uncounted
   * @throws {TypeError} for a property of the sign-in that there is not
   */
  async attempt<User>(
    signIn: SignIn,
    verify: () => Promise<User | undefined | null | false>,
  ): Promise<User | undefined> {
    refuseUnknown('A sign-in', signIn, ['account', 'credential', 'request']);
    const raw = rawRequest(signIn.request);
    const account = hash('sha256', accountName(signIn.account));
    const credential = signIn.credential ?? '';
    const device = this.#cookie?.read(raw.headers.cookie, account, credential, this.clock());
    const counted = this.#counted(account, device, raw);
    await this.#count(counted);
    let user: User | undefined | null | false;
    try {
      user = await verify();
    } catch (error) {
      await this.#settle(counted.map(refund));
      throw error;
    }
    if (user === undefined || user === null || user === false) return undefined;
    await this.#settle(counted.flatMap(forgiven));
    const response = factsOf(raw)?.response;
    if (!device && this.#cookie && response)
      addCookie(response, this.#cookie.make(account, credential, this.clock()));
    return user;
  }

  #counted(account: string, device: Device | undefined, raw: IncomingMessage): Counted[] {
    const counted = (what: Counted['what'], key: string, rate: Rate): Counted => ({
      what,
      op: { op: 'consume', key, rate, cost: 1, enforced: true },
    });
    const { settings } = this;
    if (device) return [counted('device', `custom:lockout@device:${device.nonce}`, settings.device)];
    const address = addressKey(factsOf(raw)?.address ?? '');
    const site = siteKey(address);
    const all = [
      counted('account', `custom:lockout@account:${account}`, settings.account),
      counted('address', `address:lockout@:${address}`, settings.address),
    ];
    if (site !== undefined) all.push(counted('address', `address:lockout@:${site}`, settings.site));
    return all;
  }

  async #count(counted: readonly Counted[]): Promise<void> {
    const ops = counted.map(({ op }) => op);
    // A store that is slow charges what nobody waits for any more: a few of those would lock an account that nobody guessed at.
    const late = (answers: readonly StateResult[]): StateOp[] =>
      (answers as readonly Consumed[]).every(({ allowed }) => allowed) ? counted.map(refund) : [];
    let results: readonly Consumed[];
    try {
      results = (await this.store.run(ops, late)) as readonly Consumed[];
    } catch (error) {
      throw new SecurityDenial(unavailable(error));
    }
    const locked = longestWait(ops, results);
    if (locked === -1) return;
    throw new SecurityDenial({
      reason: 'limit.locked',
      note: counted[locked]!.what,
      headers: { 'Retry-After': String(wholeSeconds(results[locked]!.retryAfter)) },
    });
  }

  /** The password is judged by now: that a count stays too high is no reason to turn anybody away. */
  async #settle(ops: readonly StateOp[]): Promise<void> {
    try {
      await this.store.run(ops);
    } catch {
      // The counts end by themselves.
    }
  }
}

/**
 * What a success does to a count: those of the account and of the device end, the address gets back its one. All get it back, because a
 * store that is full has only shared counts for newcomers, and those do not end.
 */
function forgiven(counted: Counted): StateOp[] {
  const back = refund(counted);
  return counted.what === 'address' ? [back] : [back, { op: 'remove', key: counted.op.key }];
}

function refund({ op: { key, rate, cost } }: Counted): StateOp {
  return { op: 'refund', key, rate, cost };
}
