import {
  Body,
  Controller,
  createParamDecorator,
  Post,
  type DynamicModule,
  type ExecutionContext,
  type Type,
} from '@nestjs/common';
import { IsString, MaxLength } from 'class-validator';
import { Lockout, ProblemException, Public, Returns, type SignIn } from 'nestjs-gatehouse';
import { describe, expect, it } from 'vitest';
import { createShop } from '../../sample-app/app.module.js';
import { ApiClient } from '../support/api-client.js';
import { guardedModule } from '../support/guarded-module.js';
import { ADAPTERS, startApp } from '../support/start-app.js';

const RawRequest = createParamDecorator((_: unknown, context: ExecutionContext) =>
  context.switchToHttp().getRequest<unknown>(),
);

class LoginDto {
  @IsString() @MaxLength(64) username!: string;
  @IsString() @MaxLength(64) password!: string;
}

interface Account {
  readonly id: string;
  readonly hash: string;
}

/** Found by the exact name alone, as in the shop. */
const ACCOUNTS = new Map<string, Account>([
  ['sue', { id: '4c1e', hash: 'of sue' }],
  ['straße', { id: '77aa', hash: 'of straße' }],
]);

/** What is counted: the name for all, or the id of those that there are. */
type Counting = (name: string, found: Account | undefined) => SignIn['account'];

function loginApp(counting: Counting): Type {
  @Controller('auth')
  class LoginController {
    constructor(private readonly lockout: Lockout) {}

    @Post('login')
    @Public('signs in')
    @Returns(null)
    async login(@Body() { username }: LoginDto, @RawRequest() request: unknown): Promise<void> {
      const found = ACCOUNTS.get(username);
      const account = counting(username, found);
      await this.lockout.attempt({ account, credential: found?.hash, request }, async () => false);
      throw new ProblemException({ status: 401, type: 'https://shop.example/login', title: 'Wrong' });
    }
  }
  return guardedModule([LoginController]);
}

/** Five failures, and then the same name in other spellings. */
const spellings = (name: string): string[] => [
  ...Array.from({ length: 5 }, () => name),
  name.toUpperCase(),
  `${name}\u200b`,
  ` ${name}`,
  `\u00ad${name}\u202e`,
  name.replace('s', 'ｓ'),
  name,
];

/** What a stranger sees of a name. */
async function seen(client: ApiClient, name: string): Promise<string[]> {
  const answers: string[] = [];
  for (const username of spellings(name)) {
    const { status, body, headers } = await client.post('/auth/login', { username, password: 'a guess' });
    const { instance: _instance, traceId: _traceId, ...problem } = body;
    answers.push(`${status} ${headers.has('retry-after')} ${JSON.stringify(problem)}`);
  }
  return answers;
}

const byName: Counting = (name) => name;
const byId: Counting = (name, found) => found?.id ?? name;

describe.each(ADAPTERS)('the lockout tells which accounts there are on %s', (adapter) => {
  const attack = async (app: Type | DynamicModule, known: string, unknown: string) => {
    const started = await startApp(app, adapter);
    const client = new ApiClient(started.url);
    try {
      return [await seen(client, known), await seen(client, unknown)] as const;
    } finally {
      await started.close();
    }
  };

  it.each([
    ['sue', 'tos'],
    ['straße', 'spaße'],
  ])('control: where the id of a known one is counted: %s and %s', async (known, unknown) => {
    const [ofKnown, ofUnknown] = await attack(loginApp(byId), known, unknown);
    expect(ofKnown).not.toEqual(ofUnknown);
  });

  it.each([
    ['sue', 'tos'],
    ['straße', 'spaße'],
  ])('not where the name is: %s and %s', async (known, unknown) => {
    const [ofKnown, ofUnknown] = await attack(loginApp(byName), known, unknown);
    expect(ofKnown.map((answer) => answer.slice(0, 3)).join()).toBe(
      `${'401,'.repeat(5)}${'429,'.repeat(5)}429`,
    );
    expect(ofUnknown).toEqual(ofKnown);
  });

  it('not in the shop', async () => {
    const shop = createShop({ password: 'a password for tests', events: { write: () => undefined } });
    const [ofKnown, ofUnknown] = await attack(shop, 'sue', 'tos');
    expect(ofUnknown).toEqual(ofKnown);
  });
});
