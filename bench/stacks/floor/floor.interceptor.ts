import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import { viewOf, type OrderRow } from '../../shop/order-row.js';

type Answer = OrderRow | { readonly items: readonly OrderRow[]; readonly nextCursor: null };

/** Picks by hand what the owner may see. */
@Injectable()
export class FloorInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler<Answer>): Observable<unknown> {
    return next
      .handle()
      .pipe(
        map((answer) =>
          'nextCursor' in answer
            ? { items: answer.items.map(viewOf), nextCursor: answer.nextCursor }
            : viewOf(answer),
        ),
      );
  }
}
