import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ThrottlerGuard } from '@nestjs/throttler';
import { expect, it } from 'vitest';
import { keepFacts } from '../../lib/core/request-facts.js';
import { memoryState } from '../../lib/kit/state/memory-state.js';
import { AddressDoor } from '../../lib/pipeline/limits/address-door.js';
import { LimitsControl } from '../../lib/pipeline/limits/limits.control.js';
import { resolveThrottling } from '../../lib/pipeline/limits/limits.options.js';
import { StateThrottlerStorage } from '../../lib/pipeline/limits/throttler-storage.js';
import { SecurityThrottlerGuard } from '../../lib/pipeline/limits/throttler.guard.js';
import { facts } from './declare.js';

const store = memoryState();
const guard = new SecurityThrottlerGuard(
  [],
  new StateThrottlerStorage(store),
  new Reflector(),
  new LimitsControl(resolveThrottling(undefined), store, new AddressDoor()),
  { planOf: () => undefined },
  { record: () => undefined, denied: () => undefined },
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
