import { ClassSerializerInterceptor, Injectable, type ExecutionContext } from '@nestjs/common';
import type { HandRequest } from './decorators.js';

/** `ClassSerializerInterceptor` takes groups by route alone; roles as groups need this subclass. */
@Injectable()
export class RoleSerializerInterceptor extends ClassSerializerInterceptor {
  protected override getContextOptions(context: ExecutionContext) {
    const { user } = context.switchToHttp().getRequest<HandRequest>();
    return { ...super.getContextOptions(context), groups: [...(user?.roles ?? [])] };
  }
}
