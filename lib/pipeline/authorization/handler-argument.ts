import { createParamDecorator, type ExecutionContext, type Type } from '@nestjs/common';
import { metadataKey } from '../../core/metadata.js';
import type { HandlerParameter } from '../../core/route-declaration.js';
import { factsOf, rawRequest, type RequestFacts } from '../../core/request-facts.js';
import { SecurityDenial } from '../../core/security-denial.js';
import { accessError, CIRCULAR } from './access-error.js';

/** What a parameter of a handler takes from authorization. */
export type ArgumentKind = 'loaded' | 'where' | 'guarded';

/** What `@Loaded(Order)`, `@Where(Order)` or `@Guarded(Order)` asks for. */
export interface ArgumentRequest {
  readonly kind: ArgumentKind;
  /** `undefined`: found out at boot, from the parameter's type and the checks of the route. */
  readonly entity: Type<object> | undefined;
}

const REQUEST = metadataKey('argument');

/** How each is written. */
export const DECORATORS = { loaded: '@Loaded', where: '@Where', guarded: '@Guarded' } as const;

/**
 * The parameter decorator behind `@Loaded`, `@Where` and `@Guarded`. Each use has a function of its own, by which the boot knows it and the
 * plan says what it takes.
 */
export function argumentDecorator(
  kind: ArgumentKind,
  entity: Type<object> | undefined,
  given: boolean,
): ParameterDecorator {
  const factory = (_data: unknown, context: ExecutionContext): unknown => {
    const facts = factsOf(rawRequest(context.switchToHttp().getRequest()));
    const resource = facts?.plan?.sections.authorization.parameters.get(factory);
    const value = resource && heldBy(facts, kind)?.get(resource);
    // Nothing was checked for this parameter: an object from elsewhere would be one that nobody checked.
    if (value === undefined) throw new SecurityDenial({ reason: 'access.undeclared' });
    return value;
  };
  const request: ArgumentRequest = { kind, entity };
  const decorate = createParamDecorator(Object.assign(factory, { [REQUEST]: request }))();
  return (target, key, index) => {
    if (given && typeof entity !== 'function') {
      const name = DECORATORS[kind];
      throw accessError(target, key, `has ${name} without a class`, `write ${name}(Order); ${CIRCULAR}`);
    }
    decorate(target, key, index);
  };
}

/** What a parameter asks of authorization, or `undefined` where another decorator made it. */
export function argumentRequest(parameter: HandlerParameter): ArgumentRequest | undefined {
  const { factory } = parameter;
  if (typeof factory !== 'function') return undefined;
  return (factory as unknown as Readonly<Record<symbol, ArgumentRequest | undefined>>)[REQUEST];
}

function heldBy(facts: RequestFacts | undefined, kind: ArgumentKind): Map<unknown, unknown> | undefined {
  return facts?.[kind];
}
