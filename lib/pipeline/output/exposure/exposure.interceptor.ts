import { Inject, Injectable, Optional } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { catchError, filter, map, tap, throwError } from 'rxjs';
import type { Observable } from 'rxjs';
import { NOBODY } from '../../../core/audience.js';
import { errorKind } from '../../../core/error-kind.js';
import { REPORTER, type Reporter } from '../../../core/reporter.js';
import { factsOf, rawRequest, type RequestFacts } from '../../../core/request-facts.js';
import { SecurityDenial } from '../../../core/security-denial.js';
import { eventData } from './event-data.js';
import type { ExposureSection } from './exposure.control.js';
import { REDACTED } from './read-check.js';
import { refuse } from './refusal.js';

type Typed = Extract<ExposureSection, { kind: 'typed' | 'events' }>;

/**
 * Lets out of a handler's answer what its route declares, for this caller (OWASP API3). Global and outermost, so that nothing
 * after it adds to the answer. A cache inside of it keeps what the handler returned, which may be one caller's: the boot audit
 * refuses `CacheInterceptor` on routes that are not public.
 *
 * @throws {SecurityDenial} `output.undeclared` before the handler runs, where the route has no plan or declares nothing;
 * `server.deadline` where the guards took so long that the client already has its answer; `output.unreadable` for an object whose
 * rule `read` does not admit the caller, in production `access.hidden` or `access.foreign`.
 */
@Injectable()
export class ExposureInterceptor implements NestInterceptor {
  constructor(@Optional() @Inject(REPORTER) private readonly reporter?: Reporter) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') refuse('ExposureInterceptor', `guards HTTP, not ${context.getType()}`);
    const raw = rawRequest(context.switchToHttp().getRequest());
    const facts = factsOf(raw);
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
        catchError((error: unknown) => this.#broken(error, facts, raw)),
      );
    }
    if (section.kind === 'typed') {
      return next.handle().pipe(
        map((value) => {
          const written = this.#written(section, value, facts, raw);
          if (written === REDACTED) throw unseen(facts);
          facts.violations = undefined;
          return written;
        }),
      );
    }
    return next.handle().pipe(
      map((event) => eventData(event, section.type, (data) => this.#written(section, data, facts, raw))),
      tap(() => {
        facts.returned = true;
        facts.violations = undefined;
      }),
      filter((event) => event !== REDACTED),
      catchError((error: unknown) => this.#broken(error, facts, raw)),
    );
  }

  #written({ serialize }: Typed, value: unknown, facts: RequestFacts, raw: IncomingMessage): unknown {
    try {
      const written = serialize(value, facts.principal, facts.audience ?? NOBODY, facts);
      if (facts.violations !== undefined) this.#report(facts, raw, true);
      return written;
    } catch (error) {
      if (facts.violations !== undefined) this.#report(facts, raw, false);
      facts.violations = undefined;
      throw error;
    }
  }

  #report(facts: RequestFacts, raw: IncomingMessage, redacted: boolean): void {
    for (const { resource, count, missing } of facts.violations!) {
      this.reporter?.record({ type: 'exposure.violation', resource, count, redacted, missing }, facts, raw);
    }
  }

  /** What breaks a stream that has begun reaches no filter, and Nest would write its message to the client. */
  #broken(error: unknown, facts: RequestFacts, raw: IncomingMessage): Observable<never> {
    if (facts.response?.headersSent !== true) return throwError(() => error);
    const denial =
      error instanceof SecurityDenial
        ? error.denial
        : ({
            reason: 'server.error',
            note: errorKind(error),
          } as const);
    this.reporter?.denied(denial, facts, raw);
    return throwError(() => new SecurityDenial({ reason: 'server.error' }));
  }
}

/** The answer to a caller who gets an object that they may not read: as if it were not there. */
function unseen(facts: RequestFacts): SecurityDenial {
  const [violation] = facts.violations ?? [];
  facts.violations = undefined;
  const reason = violation?.conceal === false ? 'access.foreign' : 'access.hidden';
  return new SecurityDenial({ reason, note: `${violation?.resource}: read, in the response` });
}
