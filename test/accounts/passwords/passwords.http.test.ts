import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { IsString, MaxLength } from 'class-validator';
import {
  ANYONE,
  ExposeFor,
  PasswordHasher,
  Public,
  Returns,
  type BreachedPasswords,
  type SecurityEvent,
} from 'nestjs-gatehouse';
import { afterEach, describe, expect, it } from 'vitest';
import { guardedModule } from '../../support/guarded-module.js';
import { ADAPTERS, startApp, type StartedApp } from '../../support/start-app.js';

class Credentials {
  @IsString() @MaxLength(2000) password!: string;
}
class Kept {
  @ExposeFor(ANYONE) valid!: boolean;
}

let kept: string | undefined;

@Controller('account')
class AccountController {
  constructor(private readonly passwords: PasswordHasher) {}

  @Post('password')
  @HttpCode(204)
  @Public('a test')
  @Returns(null)
  async set(@Body() { password }: Credentials): Promise<void> {
    kept = await this.passwords.hash(password, { pointer: '/password' });
  }

  @Post('login')
  @HttpCode(200)
  @Public('a test')
  @Returns(Kept)
  async login(@Body() { password }: Credentials): Promise<Kept> {
    const { valid } = await this.passwords.verify(kept, password);
    return Object.assign(new Kept(), { valid });
  }
}

describe.each(ADAPTERS)('passwords over HTTP on %s', (adapter) => {
  let started: StartedApp;
  const events: SecurityEvent[] = [];
  afterEach(() => started.close());

  const start = async (breached?: BreachedPasswords, input = {}) => {
    kept = undefined;
    events.length = 0;
    const options = {
      accounts: { passwords: breached ? { breached } : {} },
      input,
      events: { sink: { write: (event: SecurityEvent) => events.push(event) } },
    };
    started = await startApp(guardedModule([AccountController], options), adapter);
  };
  const post = async (path: string, password: string) => {
    const response = await fetch(`${started.url}/account/${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ password }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text };
  };

  it('a good one is kept and found again', async () => {
    await start();
    expect((await post('password', 'an owl that reads')).status).toBe(204);
    expect((await post('login', 'an owl that reads')).text).toBe('{"valid":true}');
    expect((await post('login', 'an owl that read')).text).toBe('{"valid":false}');
  });

  it('a bad one is a 400 that names the place and the rule', async () => {
    await start();
    const { status, text } = await post('password', 'qwertyuiop123');
    expect(status).toBe(400);
    const { type, errors } = JSON.parse(text) as { type: string; errors: unknown };
    expect(type).toBe('urn:gatehouse:problem:invalid-input');
    expect(errors).toEqual([
      {
        pointer: '/password',
        code: 'passwordBreached',
        detail: 'is on lists of passwords that are tried first; choose another',
      },
    ]);
    expect(events.map((event) => 'reason' in event && event.reason)).toEqual(['input.invalid']);
    expect(text + JSON.stringify(events)).not.toContain('qwertyuiop');
  });

  it('a bad one is a 422 where input is', async () => {
    await start(undefined, { status: 422 });
    expect((await post('password', 'short')).status).toBe(422);
  });

  it('with a broken list a new one is a 503, and a login goes on', async () => {
    let broken = false;
    await start({
      isBreached: (password) => (broken ? Promise.reject(new Error(password)) : Promise.resolve(false)),
    });
    await post('password', 'an owl that reads');
    broken = true;
    const { status, headers, text } = await post('password', 'an owl that writes');
    expect(status).toBe(503);
    expect(headers.get('Retry-After')).toBe('5');
    expect(events.map((event) => 'reason' in event && event.reason)).toEqual(['password.unavailable']);
    expect(text + JSON.stringify(events)).not.toContain('owl');
    expect((await post('login', 'an owl that reads')).text).toBe('{"valid":true}');
  });

  it('more logins than the queue takes are 503, and none of them is let in', async () => {
    await start();
    await post('password', 'an owl that reads');
    const answers = await Promise.all(Array.from({ length: 90 }, () => post('login', 'wrong')));
    const full = answers.filter(({ status }) => status === 503);
    expect(full.length).toBeGreaterThan(0);
    expect(full.every(({ headers }) => headers.get('Retry-After') === '5')).toBe(true);
    expect(
      answers.filter(({ status }) => status === 200).every(({ text }) => text === '{"valid":false}'),
    ).toBe(true);
    expect(new Set(events.map((event) => 'reason' in event && event.reason))).toEqual(
      new Set(['password.busy']),
    );
  });
});
