import { Body, Controller, Get, Patch } from '@nestjs/common';
import { IsString } from 'class-validator';
import { describe, expect, it } from 'vitest';
import type { PlanBook } from '../../lib/core/control.js';
import type { Denial } from '../../lib/core/decision.js';
import type { Principal } from '../../lib/core/principal.js';
import { SecurityDenial } from '../../lib/core/security-denial.js';
import { ACCESS } from '../../lib/core/access.js';
import { setMetadata } from '../../lib/core/metadata.js';
import { Can } from '../../lib/pipeline/authorization/can.decorator.js';
import { Loaded } from '../../lib/pipeline/authorization/loaded.decorator.js';
import { OwnershipGuard } from '../../lib/pipeline/authorization/ownership.guard.js';
import { Roles } from '../../lib/pipeline/authorization/roles.decorator.js';
import { RolesGuard } from '../../lib/pipeline/authorization/roles.guard.js';
import { Scopes } from '../../lib/pipeline/authorization/scopes.decorator.js';
import { WritableBy } from '../../lib/pipeline/authorization/writable-by.decorator.js';
import { WritesTo } from '../../lib/pipeline/authorization/writes-to.decorator.js';
import { OWNER } from '../../lib/policy/audiences.js';
import { declare } from './declare.js';
import { ALICE, BOB, callOf, Order, principal, routeOf, shop, SUE, type Asked } from './shop.js';

@WritesTo(Order)
class PatchOrder {
  @WritableBy(OWNER) @IsString() note?: string;
}

const Public =
  (reason: string): MethodDecorator =>
  (target, _key, descriptor) =>
    setMetadata(ACCESS.public, reason, target, descriptor);

@Controller('orders')
class Orders {
  @Patch(':id')
  @Roles('user')
  @Scopes('write')
  @Can('read', Order)
  act(@Loaded() order: Order, @Body() dto: PatchOrder) {
    return [order, dto];
  }
  @Get() undeclared() {}
  @Get() @Public('a probe') open() {}
}

const WRITER = principal('alice', ['user'], ['write']);

function stand(
  caller: Principal | null,
  asked: Asked = { params: { id: 'a1' } },
  method = 'act',
  planned = true,
) {
  const at = shop();
  const reported: Denial[] = [];
  const { section } = routeOf(at.control, Orders, method);
  const plan = { route: declare(Orders, method), sections: { authorization: section } };
  const plans: PlanBook = { planOf: () => (planned ? (plan as never) : undefined) };
  const toll = { charge: () => undefined };
  const reporter = { record: () => undefined, denied: (denial: Denial) => void reported.push(denial) };
  const call = callOf(caller, asked);
  const ask = async (Guard: typeof RolesGuard | typeof OwnershipGuard) => {
    try {
      return await new Guard(plans, toll, reporter).canActivate(call.context);
    } catch (error) {
      expect(error).toBeInstanceOf(SecurityDenial);
      return (error as SecurityDenial).denial.reason;
    }
  };
  return { ask, call, reported, at };
}

describe.each([RolesGuard, OwnershipGuard])('%o alone', (Guard) => {
  it('does nothing where the global guard has run', async () => {
    const { ask, call, at } = stand(null);
    call.facts.authorized = true;
    expect(await ask(Guard)).toBe(true);
    expect(at.orders.calls).toEqual([]);
  });

  it('admits nobody without plan, principal, facts or HTTP', async () => {
    expect(await stand(WRITER, undefined, 'act', false).ask(Guard)).toBe('access.undeclared');
    expect(await stand(WRITER, undefined, 'undeclared').ask(Guard)).toBe('access.undeclared');
    const { ask, reported } = stand(null);
    expect(await ask(Guard)).toBe('token.missing');
    expect(reported).toMatchObject([{ reason: 'token.missing' }]);
    const socket = stand(WRITER);
    Object.assign(socket.call.context, { getType: () => 'ws' });
    expect(await socket.ask(Guard)).toBe('access.undeclared');
    const { ask: unseen, call } = stand(WRITER);
    const request = {};
    Object.assign(call.context, { switchToHttp: () => ({ getRequest: () => request }) });
    expect(await unseen(Guard)).toBe('access.undeclared');
    expect(await stand(null, {}, 'open').ask(Guard)).toBe('token.missing');
  });

  it('leaves the other half to the other', async () => {
    const { ask, call } = stand(WRITER);
    expect(await ask(Guard)).toBe(true);
    expect(call.facts.authorized).toBe(false);
    expect([...call.facts.audience!.roles]).toEqual(['user']);
  });
});

describe('RolesGuard alone', () => {
  it('checks roles and scopes, and no resource', async () => {
    const { ask, at } = stand(WRITER, { params: { id: '!' } });
    expect([await ask(RolesGuard), at.orders.calls]).toEqual([true, []]);
    expect(await stand(ALICE).ask(RolesGuard)).toBe('access.scope');
    expect(await stand(principal('eve', [])).ask(RolesGuard)).toBe('access.role');
  });
});

describe('OwnershipGuard alone', () => {
  it('checks resources and writable properties, and no role', async () => {
    const eve = principal('alice', [], []);
    const { ask, call } = stand(eve);
    expect(await ask(OwnershipGuard)).toBe(true);
    expect(call.facts.loaded!.get(Order)).toMatchObject({ id: 'a1' });
    const factory = declare(Orders, 'act').parameters[0]!.factory as (
      data: unknown,
      context: unknown,
    ) => unknown;
    expect(factory(undefined, call.context)).toBe(call.facts.loaded!.get(Order));
    expect(await stand(BOB).ask(OwnershipGuard)).toBe('access.hidden');
    expect(await stand(SUE).ask(OwnershipGuard)).toBe(true);
    const writes = { params: { id: 'a1' }, body: { note: 'x' } };
    expect(await stand(SUE, writes).ask(OwnershipGuard)).toBe('access.property');
    expect(await stand(ALICE, writes).ask(OwnershipGuard)).toBe(true);
  });

  it('before RolesGuard does not open it', async () => {
    const { ask } = stand(ALICE);
    expect(await ask(OwnershipGuard)).toBe(true);
    expect(await ask(RolesGuard)).toBe('access.scope');
  });
});
