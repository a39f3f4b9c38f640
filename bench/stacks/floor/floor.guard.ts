import {
  BadRequestException,
  ForbiddenException,
  HttpException,
  Injectable,
  NotFoundException,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { OrderStore } from '../../shop/order-store.js';
import type { OrderRow } from '../../shop/order-row.js';
import { LIMIT, RECEIPT, WINDOW } from '../../shop/shop.options.js';
import { isOrderRequest } from './body-check.js';
import { FloorContext, type FloorRequest } from './floor-context.js';
import type { Left } from './rate.js';

const BEARER = 'Bearer ';
const CHALLENGE = 'Bearer realm="api"';
const INVALID = `${CHALLENGE}, error="invalid_token"`;
const policiesOf = (limit: number, window: number): string =>
  `"address";q=${LIMIT};w=${WINDOW / 1000}, "user";q=${limit};w=${window / 1000}`;
const POLICIES = policiesOf(LIMIT, WINDOW);
const RECEIPT_POLICIES = policiesOf(RECEIPT.limit, RECEIPT.ttl);
const state = (name: string, { remaining, reset }: Left): string =>
  `"${name}";r=${remaining};t=${Math.ceil(reset / 1000)}`;

/** Every check of the shop in one guard, each in its cheapest honest form. */
@Injectable()
export class FloorGuard implements CanActivate {
  constructor(
    private readonly floor: FloorContext,
    private readonly orders: OrderStore<OrderRow>,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const { floor } = this;
    const http = context.switchToHttp();
    const request = http.getRequest<FloorRequest>();
    const reply = http.getResponse<ServerResponse & { raw?: ServerResponse }>();
    const response = reply.raw ?? reply;
    floor.begin(request, response);
    const now = Date.now();
    const byAddress = floor.addresses.hit(floor.addressOf(request), now);
    if (byAddress.wait > 0) throw new HttpException('', 429);
    const credential = request.headers.authorization;
    const caller = credential?.startsWith(BEARER) ? floor.token(credential.slice(BEARER.length)) : undefined;
    if (!caller) {
      response.setHeader('WWW-Authenticate', credential === undefined ? CHALLENGE : INVALID);
      throw new UnauthorizedException();
    }
    const handler = context.getHandler().name;
    const isReceipt = handler === 'receipt';
    const byUser = (isReceipt ? floor.receipts : floor.users).hit(caller.id, now);
    response.setHeader('RateLimit-Policy', isReceipt ? RECEIPT_POLICIES : POLICIES);
    response.setHeader('RateLimit', `${state('address', byAddress)}, ${state('user', byUser)}`);
    if (byUser.wait > 0) {
      response.setHeader('Retry-After', Math.ceil(byUser.wait / 1000));
      throw new HttpException('', 429);
    }
    request.caller = caller;
    if (!caller.roles.includes('user')) throw new ForbiddenException();
    if (handler === 'list') return true;
    if (handler === 'create') {
      if (!isOrderRequest(request.body)) throw new BadRequestException();
      return true;
    }
    return this.#load(request, caller.id);
  }

  async #load(request: FloorRequest, userId: string): Promise<boolean> {
    const order = await this.orders.find(request.params['id']!);
    if (!order || order.userId !== userId) throw new NotFoundException();
    request.order = order;
    return true;
  }
}
