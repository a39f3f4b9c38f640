import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ThrottlerGuard } from '@nestjs/throttler';
import { expect, it } from 'vitest';
import { keepFacts } from '../../lib/core/request-facts.js';
import { StateThrottlerStorage } from '../../lib/pipeline/limits/throttler-storage.js';
import { SecurityThrottlerGuard } from '../../lib/pipeline/limits/throttler.guard.js';
import { facts } from './declare.js';
import { limitsHouse } from './house.js';

const { store, limits, trip } = limitsHouse();
const guard = new SecurityThrottlerGuard(
  [],
  new StateThrottlerStorage(store),
  new Reflector(),
  limits,
  { planOf: () => undefined },
  { record: () => undefined, denied: () => undefined },
  trip,
);
const context = (type: string, request: object) =>
  ({
    getType: () => type,
    switchToHttp: () => ({ getRequest: () => request }),
  }) as unknown as ExecutionContext;

it('is a ThrottlerGuard', () => expect(guard).toBeInstanceOf(ThrottlerGuard));

it.each(['ws', 'rpc', 'graphql'])('refuses what is not HTTP: %s', async (type) => {
  await expect(guard.canActivate(context(type, {}))).rejects.toMatchObject({
    denial: { reason: 'access.undeclared' },
  });
});

it('refuses a request that the edge has not seen, and a route without a plan', async () => {
  const seen = {} as never;
  keepFacts(seen, facts());
  for (const request of [{}, seen]) {
    await expect(guard.canActivate(context('http', request))).rejects.toMatchObject({
      denial: { reason: 'access.undeclared' },
    });
  }
});
