import { createHmac } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import {
  Body,
  Controller,
  createParamDecorator,
  Param,
  Post,
  Res,
  type ExecutionContext,
} from '@nestjs/common';
import { IsString, MaxLength } from 'class-validator';
import {
  ANYONE,
  ExposeFor,
  Lockout,
  memoryState,
  ProblemException,
  Public,
  RawResponse,
  rawRequest,
  Returns,
  type LockoutOptions,
  type SecurityEvent,
  type SignIn,
  type StateStore,
} from 'nestjs-gatehouse';
import { afterEach, describe, expect, it } from 'vitest';
import { resolveLockout } from '../../lib/pipeline/limits/lockout/lockout.options.js';
import { guardedModule } from '../support/guarded-module.js';
import { ADAPTERS, startApp, type AdapterName, type StartedApp } from '../support/start-app.js';
import { FlakyStore } from './flaky-store.js';

const RawRequest = createParamDecorator((_: unknown, context: ExecutionContext) =>
  rawRequest(context.switchToHttp().getRequest()),
);

class LoginDto {
  @IsString() @MaxLength(100) username!: string;
  @IsString() @MaxLength(100) password!: string;
}
class LoginResult {
  @ExposeFor(ANYONE) id!: string;
}

const passwords = new Map<string, string>();
let verified = 0;

@Controller('login')
class LoginController {
  constructor(private readonly lockout: Lockout) {}

  @Post()
  @Public('signs in')
  @Returns(LoginResult)
  async login(
    @Body() { username, password }: LoginDto,
    @RawRequest() request: unknown,
  ): Promise<LoginResult> {
    const right = passwords.get(username.toLowerCase());
    const id = await this.lockout.attempt({ account: username, credential: right, request }, async () => {
      verified++;
      if (password === 'broken') throw new Error('the hasher failed');
      return password === right && username.toLowerCase();
    });
    if (id === undefined)
      throw new ProblemException({ status: 401, type: 'https://shop.example/login', title: 'Wrong' });
    return { id };
  }
}

/** The ways in which handlers set a cookie of their own. */
const COOKIES = ['header', 'setHeader', 'writeHead', 'writeHead with a list', 'none'] as const;

@Controller('cookies')
class CookieController {
  constructor(private readonly lockout: Lockout) {}

  @Post(':how')
  @Public('signs in')
  @RawResponse('a test')
  async login(@Param('how') how: string, @RawRequest() request: unknown, @Res() reply: any): Promise<void> {
    await this.lockout.attempt({ account: 'alice', credential: 'x', request }, async () => 'alice');
    const raw = (reply.raw ?? reply) as ServerResponse;
    if (how === 'header') return void reply.header('set-cookie', 'own=1').send('done');
    if (reply.raw) reply.hijack();
    if (how === 'setHeader') raw.setHeader('Set-Cookie', 'own=1');
    if (how === 'writeHead') raw.writeHead(200, 'Fine', { 'set-cookie': 'own=1' });
    if (how === 'writeHead with a list') raw.writeHead(200, ['Set-Cookie', 'own=1']);
    raw.end('done');
  }
}

const secret = 'h7VqQ0lq3rVx0bq2mB5b8c1l9kq4Zt6yWnGdTsEuAoP=';
const minute = (limit: number) => ({ limit, ttl: 60_000 });
let app: StartedApp;
let events: SecurityEvent[];
afterEach(() => app.close());

async function start(
  adapter: AdapterName,
  lockout: LockoutOptions = { account: minute(3), address: minute(12), device: minute(2), secret },
  state?: StateStore,
): Promise<void> {
  passwords.clear();
  for (const name of ['alice', 'bob', 'carol', 'dave', 'erin']) passwords.set(name, `right-${name}`);
  verified = 0;
  events = [];
  const options = {
    throttling: { lockout },
    edge: { trustedProxies: ['127.0.0.1'] },
    events: { sink: { write: (event: SecurityEvent) => void events.push(event) } },
    state,
    outage: { deadline: 25 },
  };
  app = await startApp(guardedModule([LoginController, CookieController], options), adapter);
}

interface Attempt {
  readonly from?: string;
  readonly cookie?: string | undefined;
}
async function login(username: string, password: string, { from = '203.0.113.7', cookie }: Attempt = {}) {
  const response = await fetch(`${app.url}/login`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-forwarded-for': from,
      ...(cookie === undefined ? {} : { cookie }),
    },
    body: JSON.stringify({ username, password }),
  });
  await response.text();
  const set = response.headers.getSetCookie();
  return {
    status: response.status,
    retryAfter: Number(response.headers.get('retry-after')),
    set: set[0],
    cookie: set[0]?.split(';')[0],
  };
}
async function statuses(count: number, username: string, password: string, attempt?: Attempt) {
  const found: number[] = [];
  for (let i = 0; i < count; i++) found.push((await login(username, password, attempt)).status);
  return found;
}

describe.each(ADAPTERS)('the lockout, on %s', (adapter) => {
  it('refuses an account after so many failures, also with the right password, and says until when', async () => {
    await start(adapter);
    expect(await statuses(5, 'alice', 'wrong')).toEqual([401, 401, 401, 429, 429]);
    const answer = await login('alice', 'right-alice');
    expect(answer.status).toBe(429);
    expect(answer.retryAfter).toBeGreaterThan(0);
    expect(answer.retryAfter).toBeLessThanOrEqual(60);
    expect(verified).toBe(3);
    expect(events.filter(({ type }) => type === 'limit.exceeded')).toMatchObject([
      { reason: 'limit.locked', note: 'account', status: 429 },
      { reason: 'limit.locked', note: 'account' },
      { reason: 'limit.locked', note: 'account' },
    ]);
    expect((await login('bob', 'right-bob')).status).toBe(201);
  });

  it('cannot be outrun by guessing in parallel', async () => {
    await start(adapter);
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, i) => login('alice', 'wrong', { from: `203.0.113.${i}` })),
    );
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(3);
    expect(verified).toBe(3);
  });

  it('counts an account by any spelling, and one that there is not in the same way', async () => {
    await start(adapter);
    const spellings = ['alice', 'ALICE ', '\u00a0Ａlice', 'aLiCe'];
    const found: number[] = [];
    for (const spelling of spellings) found.push((await login(spelling, 'wrong')).status);
    expect(found).toEqual([401, 401, 401, 429]);
    expect(await statuses(4, 'nobody', 'wrong', { from: '203.0.113.9' })).toEqual([401, 401, 401, 429]);
  });

  it('forgets the failures of an account when its owner signs in, and takes nothing of the address for it', async () => {
    await start(adapter);
    for (let round = 0; round < 6; round++) {
      expect(await statuses(1, 'alice', 'wrong', { from: `203.0.113.${round}` })).toEqual([401]);
      expect((await login('alice', 'right-alice')).status).toBe(201);
    }
    expect((await statuses(20, 'bob', 'right-bob')).every((status) => status === 201)).toBe(true);
  });

  it('refuses an address that tries many accounts, but not for the few users who forgot their passwords', async () => {
    await start(adapter);
    for (const name of ['alice', 'bob', 'carol'])
      expect(await statuses(9, name, 'wrong')).toEqual([401, 401, 401, ...Array<number>(6).fill(429)]);
    expect((await login('dave', 'right-dave')).status).toBe(201);
    expect(await statuses(3, 'x1', 'wrong')).toEqual([401, 401, 401]);
    expect((await login('dave', 'right-dave')).status).toBe(429);
    expect((await login('dave', 'right-dave', { from: '203.0.113.8' })).status).toBe(201);
    expect(events.at(-1)).toMatchObject({ note: 'address' });
  });

  it('lets a known device in while strangers are locked out, with a limit of its own', async () => {
    await start(adapter);
    const { set, cookie } = await login('alice', 'right-alice');
    expect(set).toMatch(
      /^__Host-device-[0-9a-f]{16}=[\w.-]+; Max-Age=31536000; Path=\/; Secure; HttpOnly; SameSite=Strict$/,
    );
    expect(await statuses(4, 'alice', 'wrong', { from: '198.51.100.1' })).toEqual([401, 401, 401, 429]);
    expect((await login('alice', 'right-alice')).status).toBe(429);
    const known = await login('alice', 'right-alice', { cookie: `a=b; ${cookie}; c=d` });
    expect([known.status, known.set]).toEqual([201, undefined]);
    // A stolen one guesses twice.
    expect(await statuses(3, 'alice', 'wrong', { cookie })).toEqual([401, 401, 429]);
    expect((await login('alice', 'right-alice', { cookie })).status).toBe(429);
    // What a known device does takes nothing of the others, and forgives them nothing.
    expect((await login('alice', 'right-alice', { from: '198.51.100.9' })).status).toBe(429);
  });

  it('knows no device by the cookie of another account, of an older password, a forged or a bent one', async () => {
    await start(adapter);
    const ofAlice = (await login('alice', 'right-alice')).cookie!;
    const ofBob = (await login('bob', 'right-bob')).cookie!;
    const nameOfAlice = ofAlice.split('=')[0]!;
    const value = ofAlice.slice(nameOfAlice.length + 1);
    const [nonce, expires, mac] = value.split('.');
    const signedByOther = createHmac('sha256', 'x'.repeat(32)).update('x').digest('base64url');
    const cookies = [
      ofBob,
      `${nameOfAlice}=${ofBob.split('=')[1]}`,
      `${nameOfAlice}=${nonce}.${Number(expires) + 1}.${mac}`,
      `${nameOfAlice}=${'A'.repeat(22)}.${expires}.${mac}`,
      `${nameOfAlice}=${nonce}.${expires}.${signedByOther}`,
      `${nameOfAlice}=${nonce}.${expires}.`,
      `${nameOfAlice}=${nonce}.${expires}.${mac}x`,
      `${nameOfAlice}=`,
      `x${ofAlice}`,
    ];
    expect(await statuses(4, 'alice', 'wrong', { from: '198.51.100.1' })).toEqual([401, 401, 401, 429]);
    for (const cookie of cookies)
      expect([cookie, (await login('alice', 'right-alice', { cookie })).status]).toEqual([cookie, 429]);
    expect((await login('alice', 'right-alice', { cookie: ofAlice })).status).toBe(201);
    passwords.set('alice', 'changed');
    expect((await login('alice', 'changed', { cookie: ofAlice })).status).toBe(429);
  });

  it.each(COOKIES)('gives its cookie beside that of the handler: %s', async (how) => {
    await start(adapter);
    const response = await fetch(`${app.url}/cookies/${encodeURIComponent(how)}`, { method: 'POST' });
    expect([response.ok, await response.text()]).toEqual([true, 'done']);
    const names = response.headers.getSetCookie().map((cookie) => cookie.split('=')[0]);
    const device = expect.stringMatching(/^__Host-device-/) as string;
    expect(names).toEqual(how === 'none' ? [device] : ['own', device]);
  });

  it('makes no cookie without a secret', async () => {
    await start(adapter, { account: minute(3) });
    expect((await login('alice', 'right-alice')).set).toBeUndefined();
  });

  it('counts nothing where the password could not be looked at', async () => {
    await start(adapter);
    expect(await statuses(8, 'alice', 'broken')).toEqual(Array<number>(8).fill(500));
    expect((await login('alice', 'right-alice')).status).toBe(201);
  });

  it('refuses an IPv6 site that tries many accounts from as many networks, and no other site', async () => {
    // Of an hour: a minute gives a unit back each second, which is no longer than a busy machine takes for these.
    const hour = (limit: number) => ({ limit, ttl: 3_600_000 });
    await start(adapter, { account: hour(1), address: hour(4) });
    const from = (i: number) => `2001:db8:7:${i.toString(16)}::1`;
    for (let i = 0; i < 64; i++) {
      const { status } = await login(`x${i}`, 'wrong', { from: from(i) });
      expect([i, status]).toEqual([i, 401]);
    }
    expect((await login('alice', 'right-alice', { from: from(64) })).status).toBe(429);
    expect(events.at(-1)).toMatchObject({ reason: 'limit.locked', note: 'address' });
    expect((await login('alice', 'right-alice', { from: '2001:db8:8::1' })).status).toBe(201);
  });

  it('gives a site back what its users took who signed in', async () => {
    await start(adapter, { account: minute(1), address: minute(4) });
    for (let i = 0; i < 70; i++) {
      const from = `2001:db8:7:${i.toString(16)}::1`;
      expect((await login('alice', 'right-alice', { from })).status).toBe(201);
    }
  });

  it('turns no right password away where the store is full', async () => {
    const store = memoryState({ maxKeys: 1 });
    await start(adapter, { account: minute(2), address: minute(8) }, store);
    expect(await statuses(1, 'nobody', 'wrong', { from: '198.51.100.1' })).toEqual([401]);
    expect(await statuses(10, 'alice', 'right-alice')).toEqual(Array<number>(10).fill(201));
    expect(await statuses(10, 'bob', 'broken')).toEqual(Array<number>(10).fill(500));
    expect(await statuses(3, 'carol', 'wrong')).toEqual([401, 401, 429]);
  });

  it('locks nobody out by attempts that a slow store counted too late', async () => {
    const store = new FlakyStore();
    await start(adapter, { account: minute(2), address: minute(8) }, store);
    store.mood = 'dawdles';
    expect(await statuses(3, 'alice', 'right-alice')).toEqual([503, 503, 503]);
    await new Promise((resolve) => setTimeout(resolve, 400));
    store.mood = 'works';
    expect(await statuses(1, 'alice', 'wrong')).toEqual([401]);
    expect((await login('alice', 'right-alice')).status).toBe(201);
  });

  it('signs nobody in uncounted: a store that is down is 503', async () => {
    const store = new FlakyStore();
    await start(adapter, undefined, store);
    store.mood = 'rejects';
    const answer = await login('alice', 'right-alice');
    expect([answer.status, answer.retryAfter, verified]).toEqual([503, 5, 0]);
  });
});

it('a sign-in has no property that nobody reads', async () => {
  const lockout = new Lockout(resolveLockout(), { run: () => Promise.reject(new Error('was asked')) });
  const signIn = { account: 'alice', credentials: 'x', request: {} } as unknown as SignIn;
  const attempt = lockout.attempt(signIn, () => Promise.resolve('alice'));
  await expect(attempt).rejects.toThrow("no property 'credentials': did you mean credential?");
});
