import type { Type } from '@nestjs/common';
import { SecurityConfigError } from '../../../core/config-error.js';
import type { Decision, MaybePromise } from '../../../core/decision.js';
import type { Resolve } from '../../../core/resource-loader.js';
import type { PolicyContext } from './access-policy.js';
import type { Obligation } from './policy-decision.js';
import { unavailable } from './policy-failure.js';

/**
 * Fulfils the obligations of one name, before the handler runs. What it throws is a 503, and the handler does not run.
 *
 * @example
 * ```ts
 * @Injectable()
 * class RecordRefund implements ObligationHandler<{ total: number }> {
 *   constructor(private readonly ledger: Ledger) {}
 *   fulfil({ total }: { total: number }, { principal }: PolicyContext<object | undefined>) {
 *     return this.ledger.record(principal.id, total);
 *   }
 * }
 * ```
 */
export interface ObligationHandler<Value = any> {
  fulfil(value: Value, context: PolicyContext<object | undefined>): MaybePromise<void>;
}

/** One obligation that a policy has laid upon a request. */
export interface Owed {
  readonly policy: string;
  readonly obligation: Obligation;
  readonly context: PolicyContext<object | undefined>;
}

/** The handlers of `authorization.obligations`, by name. */
export class Obligations {
  private constructor(private readonly handlers: ReadonlyMap<string, ObligationHandler>) {}

  /** @throws {SecurityConfigError} `option.invalid` for a handler that no module provides, or that fulfils nothing */
  static from(types: Readonly<Record<string, Type<ObligationHandler>>>, resolve: Resolve): Obligations {
    return new Obligations(
      new Map(Object.entries(types).map(([name, type]) => [name, handlerOf(name, type, resolve)])),
    );
  }

  /** Whether anybody can fulfil it. */
  knows(obligation: Obligation | null | undefined): boolean {
    return obligation !== null && obligation !== undefined && this.handlers.has(obligation.name);
  }

  /** Fulfils all, one after the other. The 503 where one cannot be. */
  fulfil(owed: readonly Owed[], from = 0): MaybePromise<Decision> {
    for (let i = from; i < owed.length; i++) {
      const { policy, obligation, context } = owed[i]!;
      const failed = (error: unknown) => unavailable(`${policy}, obligation ${obligation.name}`, error);
      try {
        const done: unknown = this.handlers.get(obligation.name)!.fulfil(obligation.value, context);
        if (typeof (done as PromiseLike<unknown> | undefined)?.then === 'function') {
          return Promise.resolve(done).then(() => this.fulfil(owed, i + 1), failed);
        }
      } catch (error) {
        return failed(error);
      }
    }
    return undefined;
  }
}

function handlerOf(name: string, type: Type<ObligationHandler>, resolve: Resolve): ObligationHandler {
  const wrong = (problem: string, fix: string) =>
    new SecurityConfigError('option.invalid', `authorization.obligations.${name}`, problem, fix);
  let handler: Partial<ObligationHandler> | undefined;
  try {
    handler = resolve(type);
  } catch {
    throw wrong(
      `names ${type.name}, which no module provides in the default scope`,
      `list it in the providers of a module: providers: [${type.name}]`,
    );
  }
  if (typeof handler?.fulfil !== 'function') {
    throw wrong(`names ${type.name}, which has no fulfil`, 'write fulfil(value, context) in it');
  }
  return handler as ObligationHandler;
}
