import type { Type } from '@nestjs/common';
import { ACCESS } from '../core/access.js';
import { SecurityConfigError } from '../core/config-error.js';
import { checkOptions, flag, invalidOption, strings } from '../core/options.js';
import type { RoleName } from '../core/principal.js';
import { RAW_RESPONSE } from '../pipeline/output/exposure/raw-response.decorator.js';

/**
 * The declaration of a controller that the application does not own and cannot decorate.
 *
 * @example
 * ```ts
 * declare: [{ controller: HealthController, public: 'load balancer probe', raw: 'status page without personal data' }]
 * ```
 */
export interface DeclaredController {
  readonly controller: Type;
  /** Like `@Public(reason)` on the controller. */
  readonly public?: string;
  /** Like `@Authenticated()` on the controller. */
  readonly authenticated?: true;
  /** Like `@Roles(...)` on the controller. */
  readonly roles?: readonly RoleName[];
  /** Like `@RawResponse(reason)` on each handler that declares no response. */
  readonly raw?: string;
}

/** The declarations made in options, as if they were decorators. */
export type ControllerOverlay = ReadonlyMap<Type, ReadonlyMap<string | symbol, unknown>>;

/**
 * Reads the option `declare`.
 *
 * @throws {SecurityConfigError} `option.invalid`, `option.unknown`
 */
export function declaredControllers(value: unknown): ControllerOverlay {
  const overlay = new Map<Type, Map<string | symbol, unknown>>();
  if (value === undefined) return overlay;
  if (!Array.isArray(value)) {
    throw invalidOption(
      'declare',
      value,
      "write a list: [{ controller: HealthController, public: 'probe' }]",
    );
  }
  value.forEach((entry: unknown, index) => {
    const path = `declare[${index}]`;
    const declared = checkOptions(path, entry, [
      'controller',
      'public',
      'authenticated',
      'roles',
      'raw',
    ]) as unknown as DeclaredController;
    if (typeof declared.controller !== 'function') {
      throw invalidOption(`${path}.controller`, declared.controller, 'write the controller class');
    }
    reason(`${path}.public`, declared.public);
    reason(`${path}.raw`, declared.raw);
    const roles = strings(`${path}.roles`, declared.roles, []);
    const metadata = new Map<string | symbol, unknown>();
    if (declared.public !== undefined) metadata.set(ACCESS.public, declared.public);
    if (flag(`${path}.authenticated`, declared.authenticated, false))
      metadata.set(ACCESS.authenticated, true);
    if (roles.length > 0) metadata.set(ACCESS.roles, [roles]);
    if (declared.raw !== undefined) metadata.set(RAW_RESPONSE, declared.raw);
    if (metadata.size === 0) {
      throw new SecurityConfigError(
        'option.missing',
        path,
        'declares nothing',
        "add public: 'why', authenticated: true or roles: ['…']",
      );
    }
    overlay.set(declared.controller, metadata);
  });
  return overlay;
}

function reason(path: string, value: unknown): void {
  if (value !== undefined && (typeof value !== 'string' || value.trim() === '')) {
    throw invalidOption(path, value, 'write the reason in words');
  }
}
