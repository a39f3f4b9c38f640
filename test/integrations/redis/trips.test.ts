import { Controller, Get } from '@nestjs/common';
import { SkipThrottle } from '@nestjs/throttler';
import { Authenticated, Public, Returns } from 'nestjs-gatehouse';
import { redisState } from 'nestjs-gatehouse/redis';
import { expect, it } from 'vitest';
import { guardedModule } from '../../support/guarded-module.js';
import { ask, callsOf, canRun, startRedis } from '../../support/redis.js';
import { ADAPTERS, startApp } from '../../support/start-app.js';
import { bearer, issuer } from '../../support/tokens.js';
import { LIBRARIES } from './clients.js';

@Controller('things')
class ThingsController {
  @Get() @Authenticated() @Returns(null) read() {}
  @Get('health') @Public('probe') @SkipThrottle() @Returns(null) health() {}
}

it.runIf(canRun(import.meta.url, 'own')).each(ADAPTERS)(
  'a request makes one trip for its revocation and all its limits, and none where it has no limits (%s)',
  async (adapter) => {
    const server = await startRedis();
    const connected = await LIBRARIES[0]!.connect(server.url);
    const app = await startApp(
      guardedModule([ThingsController], {
        authentication: { ...issuer.options, revocation: true },
        state: redisState(connected.client),
      }),
      adapter,
    );
    const authorization = await bearer('alice');
    const send = async (path: string) =>
      (await fetch(`${app.url}/things${path}`, { headers: { authorization } })).status;
    // The first one loads the script.
    expect(await send('')).toBe(200);
    await ask(server.port, 'CONFIG', 'RESETSTAT');
    for (let i = 0; i < 50; i++) expect(await send('')).toBe(200);
    expect([await callsOf(server.port, 'evalsha'), await callsOf(server.port, 'eval')]).toEqual([50, 0]);
    for (let i = 0; i < 50; i++) expect(await send('/health')).toBe(200);
    expect(await callsOf(server.port, 'evalsha')).toBe(50);
    await app.close();
    connected.close();
    await server.stop();
  },
);
