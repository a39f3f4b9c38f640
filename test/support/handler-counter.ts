import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { tap, type Observable } from 'rxjs';

/**
 * Counts which handlers ran, `OrdersController.get`: a status alone does not tell whether a refused request did its work. Pipes run
 * inside, so `reached` also holds handlers whose input was then refused; `done` holds those alone that gave an answer.
 *
 * @example
 * ```ts
 * const counter = new HandlerCounter();
 * const shop = await startApp(createShop(), 'express', (app) => app.useGlobalInterceptors(counter));
 * ```
 */
export class HandlerCounter implements NestInterceptor {
  readonly reached: string[] = [];
  readonly done: string[] = [];

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const handler = `${context.getClass().name}.${context.getHandler().name}`;
    this.reached.push(handler);
    return next.handle().pipe(tap({ complete: () => this.done.push(handler) }));
  }

  /** Forgets what was counted. */
  reset(): void {
    this.reached.length = 0;
    this.done.length = 0;
  }
}
