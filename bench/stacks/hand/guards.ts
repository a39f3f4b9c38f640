import {
  ForbiddenException,
  Injectable,
  NotFoundException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { OrderStore } from '../../shop/order-store.js';
import { KEYS, type HandRequest } from './decorators.js';
import type { HandOrder } from './order.entity.js';

/** Asks for a token, as the documentation of Nest shows it. */
@Injectable()
export class HandJwtGuard extends AuthGuard('jwt') {
  constructor(private readonly reflector: Reflector) {
    super();
  }

  override canActivate(context: ExecutionContext) {
    const open = this.reflector.getAllAndOverride<boolean>(KEYS.public, [
      context.getHandler(),
      context.getClass(),
    ]);
    return open || super.canActivate(context);
  }
}

/** Asks for a role. */
@Injectable()
export class HandRolesGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const wanted = this.reflector.getAllAndOverride<string[] | undefined>(KEYS.roles, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (!wanted) return true;
    const { user } = context.switchToHttp().getRequest<HandRequest>();
    if (!user || !wanted.some((role) => user.roles.includes(role))) throw new ForbiddenException();
    return true;
  }
}

/** Asks whether the order is the caller's. */
@Injectable()
export class HandOwnershipGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly orders: OrderStore<HandOrder>,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const parameter = this.reflector.getAllAndOverride<string | undefined>(KEYS.owns, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (parameter === undefined) return true;
    const request = context.switchToHttp().getRequest<HandRequest>();
    const order = await this.orders.find(request.params[parameter]!);
    if (!order || order.userId !== request.user?.id) throw new NotFoundException();
    return true;
  }
}
