import type { Type } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { SecurityConfigError } from './config-error.js';
import type { MaybePromise } from './decision.js';
import { hasMethod } from './options.js';
import { providedBy, type ResourceContext } from './resource-loader.js';

/** Gives the transaction that the application keeps open for a request: begun for the guard, ended after the handler. `T`: what its data source calls one. */
export interface RequestTransactionOf<T> {
  /** The request's transaction, which is begun where there is none. */
  transaction(request: IncomingMessage): MaybePromise<T>;
}

/**
 * Finds what gives the transactions of requests; `undefined` without a token: then nothing is locked.
 *
 * @throws {SecurityConfigError} `resource.invalid` where no such provider is found
 */
export function requestTransactions<T>(
  { entity, resolve }: ResourceContext,
  token: Type<RequestTransactionOf<T>> | string | symbol | undefined,
): RequestTransactionOf<T> | undefined {
  if (token === undefined) return undefined;
  const found = providedBy<RequestTransactionOf<T>>(resolve, token);
  if (hasMethod(found, 'transaction')) return found;
  throw new SecurityConfigError(
    'resource.invalid',
    `${entity.name}.load`,
    'finds nothing that gives the transaction of a request',
    'provide a class with transaction(request), and name it: { transaction: RequestTransactions }',
  );
}
