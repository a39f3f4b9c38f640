/** The codes of configuration errors. `docs/configuration.md` explains each one. */
export const CONFIG_ERROR_CODES = [
  'option.missing',
  'option.unknown',
  'option.invalid',
  'option.conflict',
  'resource.invalid',
  'access.invalid',
  'exposure.invalid',
  'input.invalid',
  'limits.invalid',
  'module.bare',
  'module.duplicate',
  'audit.failed',
] as const;

/** The code of one kind of configuration error. */
export type ConfigErrorCode = (typeof CONFIG_ERROR_CODES)[number];

/**
 * Thrown at boot for a wrong or missing option or declaration: what is wrong, where, and what to write instead.
 *
 * @example
 * ```ts
 * throw new SecurityConfigError('option.missing', 'authentication.audience', 'is missing', "write audience: 'https://api.example.com'");
 * ```
 */
export class SecurityConfigError extends Error {
  constructor(
    readonly code: ConfigErrorCode,
    /** The option's path, `authentication.issuer`, or the class and property that carries the declaration. */
    readonly path: string,
    problem: string,
    fix: string,
  ) {
    super(
      `[${code}] ${path} ${problem}\n  → ${fix}\n  docs: nestjs-gatehouse/docs/configuration.md#${code.replace('.', '')}`,
    );
    this.name = 'SecurityConfigError';
  }
}
