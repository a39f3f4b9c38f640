import { Injectable } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { map, tap } from 'rxjs';
import type { Observable } from 'rxjs';
import { NOBODY } from '../../../core/audience.js';
import { factsOf, rawRequest } from '../../../core/request-facts.js';
import { SecurityDenial } from '../../../core/security-denial.js';
import { refuse } from './refusal.js';

/**
 * Lets out of a handler's answer what its route declares, for this caller (OWASP API3). Global and outermost, so that nothing
 * after it adds to the answer. A cache inside of it keeps what the handler returned, which may be one caller's: the boot audit
 * refuses `CacheInterceptor` on routes that are not public.
 *
 * @throws {SecurityDenial} `output.undeclared` before the handler runs, where the route has no plan or declares nothing;
 * `server.deadline` where the guards took so long that the client already has its answer.
 */
@Injectable()
export class ExposureInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') refuse('ExposureInterceptor', `guards HTTP, not ${context.getType()}`);
    const facts = factsOf(rawRequest(context.switchToHttp().getRequest()));
    const section = facts?.plan?.sections.output;
    if (!facts || !section || section.kind === 'undeclared') {
      return refuse(facts?.plan?.route.id ?? 'a route without a plan', 'declares nothing that may leave');
    }
    if (facts.answered) throw new SecurityDenial({ reason: 'server.deadline' });
    if (section.kind === 'raw') {
      return next.handle().pipe(
        tap(() => {
          facts.returned = true;
        }),
      );
    }
    const { serialize } = section;
    return next.handle().pipe(map((value) => serialize(value, facts.principal, facts.audience ?? NOBODY)));
  }
}
