import { Body, Controller, Get, HttpCode, Injectable, Module, Patch, Post, type Type } from '@nestjs/common';
import { IsOptional, IsString } from 'class-validator';
import {
  type AccessPolicy,
  allow,
  ANYONE,
  Can,
  defineResource,
  deny,
  ExposeFor,
  Loaded,
  type ObligationHandler,
  OWNER,
  Policy,
  type PolicyContext,
  type PolicyDecision,
  type ResourceLoader,
  Returns,
  type RoutePolicy,
  type SecurityEvent,
  SecurityModule,
  type SecurityOptions,
  WritableBy,
  WritesTo,
} from 'nestjs-gatehouse';
import { issuer } from '../../support/tokens.js';

export class Order {
  @ExposeFor(ANYONE) id!: string;
  userId!: string;
  @ExposeFor(ANYONE) note!: string;
}

@WritesTo(Order)
class PatchOrder {
  @WritableBy(OWNER) @IsOptional() @IsString() note?: string;
}
class Ids {
  @IsString({ each: true }) ids!: string[];
}
class Other {
  @IsString() other!: string;
}

/** What the policies of one application answer, and what they and its handlers were asked. */
export class Desk {
  policy: (context: PolicyContext<Order>) => unknown = () => allow();
  route: (context: PolicyContext) => unknown = () => allow();
  obligation: () => unknown = () => undefined;
  readonly asked: Array<PolicyContext<Order | undefined>> = [];
  readonly fulfilled: unknown[] = [];
  handled = 0;
  readonly events: SecurityEvent[] = [];
}

/** The ids of further orders of alice. */
export const MANY = Array.from({ length: 25 }, (_, n) => `m${n}`);

@Injectable()
export class Orders implements ResourceLoader<Order, string> {
  readonly #rows = ['a1:alice', 'a2:alice', 'b1:bob', ...MANY.map((id) => `${id}:alice`)].map((row) => {
    const [id, userId] = row.split(':');
    return Object.assign(new Order(), { id, userId, note: 'n' });
  });
  parseId(raw: unknown) {
    return typeof raw === 'string' ? raw : undefined;
  }
  loadMany(ids: readonly string[]) {
    return Promise.resolve(ids.map((id) => this.#rows.find((row) => row.id === id)));
  }
}

@Injectable()
export class OfOrder implements AccessPolicy<Order> {
  readonly resource = Order;
  constructor(private readonly desk: Desk) {}
  decide(context: PolicyContext<Order>): PolicyDecision {
    this.desk.asked.push(context);
    return this.desk.policy(context) as PolicyDecision;
  }
}

@Injectable()
export class OfRoute implements RoutePolicy {
  readonly resource = null;
  constructor(private readonly desk: Desk) {}
  decide(context: PolicyContext): PolicyDecision {
    this.desk.asked.push(context);
    return this.desk.route(context) as PolicyDecision;
  }
}

@Injectable()
export class Stamp implements ObligationHandler {
  constructor(private readonly desk: Desk) {}
  fulfil(value: unknown, { principal, object }: PolicyContext<object | undefined>) {
    const done = this.desk.obligation();
    this.desk.fulfilled.push([value, principal.id, (object as Order | undefined)?.id]);
    return done as undefined;
  }
}

/** `read` is for the owner, `refund` for support, who may not read. */
const OrderResource = defineResource(Order, {
  id: 'id',
  owner: 'userId',
  load: Orders,
  can: (r) => ({ read: r.owner(), refund: r.any(r.owner(), r.role('support')) }),
});

@Controller('orders')
@Policy(OfRoute)
class OrdersController {
  constructor(private readonly desk: Desk) {}
  @Get('none') @Returns(null) none() {
    this.desk.handled++;
  }
  @Post(':id/refund') @HttpCode(200) @Can('refund', Order) @Policy(OfOrder) @Returns(null) refund(
    @Loaded() order: Order,
    @Body() dto: PatchOrder,
  ) {
    this.desk.handled++;
    return void [order, dto];
  }
  @Patch(':id') @Can('refund', Order) @Policy(OfOrder) @Returns(null) patch(
    @Loaded() order: Order,
    @Body() dto: PatchOrder,
  ) {
    this.desk.handled++;
    return void [order, dto];
  }
  @Post(':id/twin')
  @HttpCode(200)
  @Can('refund', Order)
  @Can('refund', Order, { from: { body: 'other' }, guardOnly: true })
  @Policy(OfOrder)
  @Returns(null)
  twin(@Loaded() order: Order, @Body() dto: Other) {
    this.desk.handled++;
    return void [order, dto];
  }
  @Post('bulk')
  @HttpCode(200)
  @Can('refund', Order, { from: { body: 'ids' }, many: true })
  @Policy(OfOrder)
  @Returns(null)
  bulk(@Loaded() orders: Order[], @Body() dto: Ids) {
    this.desk.handled++;
    return void [orders, dto];
  }
}

/** An application whose two policies and one obligation answer what the desk says. */
export function deskModule(
  desk: Desk,
  {
    controllers = [OrdersController],
    providers = [OfOrder, OfRoute, Stamp],
    conceal = true,
    ...options
  }: Partial<SecurityOptions> & {
    controllers?: Type[];
    providers?: Type[];
    conceal?: boolean;
  } = {},
): Type {
  @Module({
    imports: [
      SecurityModule.forRoot({
        authentication: issuer.options,
        events: { sink: { write: (event) => void desk.events.push(event) } },
        ...options,
        authorization: {
          roles: { support: ['user'], user: [] },
          resources: [{ ...OrderResource, conceal }],
          obligations: { stamp: Stamp } as never,
          ...options.authorization,
        },
      }),
    ],
    controllers,
    providers: [{ provide: Desk, useValue: desk }, Orders, ...providers],
  })
  class DeskModule {}
  return DeskModule;
}

export const refuse = (code: string) => deny(code as never);
export const bound = (name: string, value?: unknown) => allow({ name, value });
