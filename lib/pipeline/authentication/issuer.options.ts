import { Logger } from '@nestjs/common';
import { SecurityConfigError } from '../../core/config-error.js';
import { invalidOption, wholeNumber, type RawOptions } from '../../core/options.js';
import type { Algorithm } from '../../kit/keys/algorithm.js';
import type { KeyRing } from '../../kit/keys/key-ring.js';
import { fixedKeys, type KeySource } from '../../kit/keys/key-set.js';
import { urlFault } from '../../kit/keys/trusted-url.js';
import type { Jwk } from '../../kit/keys/verification-key.js';
import { KEY_OPTIONS, resolveKeys, type ResolvedKeys } from './authentication.keys.js';
import type { IntrospectionClient } from './introspection-client.js';
import { resolveIntrospection, type IntrospectionOptions } from './introspection.options.js';

/**
 * What an access token looks like. `rfc9068`: its `typ` is `at+jwt`. `oidc-compat`: it may be a plain `JWT`, as several providers issue
 * them; what can be told to be an ID, refresh or logout token is refused.
 */
export type TokenProfile = 'rfc9068' | 'oidc-compat';

/** One issuer, and with which keys its tokens are verified. Use {@link TrustedIssuer}: it holds no two sources of keys. */
export interface IssuerOptions {
  /** The `iss` of every token, exactly. `https:`, or any name where the keys are given here. */
  readonly issuer: string;
  /** What this API is called in `aud`. Several: any one of them. */
  readonly audience: string | readonly string[];
  /** A shared secret, 32 bytes or more (48 for HS384, 64 for HS512). Text counts as UTF-8. */
  readonly secret?: string | Uint8Array;
  /** Public keys: PEM, JWK, a list of those, or a JWK set; or the ring of own keys. A token without `kid` is tried with at most four. */
  readonly keys?: KeyRing | string | Jwk | ReadonlyArray<string | Jwk> | { readonly keys: readonly Jwk[] };
  /** Where the issuer publishes its JWK set. */
  readonly jwksUri?: string;
  /** Opaque tokens count, and the issuer is asked about each. Without `secret`, `keys` and `jwksUri` it is asked about JWTs too. */
  readonly introspection?: IntrospectionOptions;
  /** Narrows the algorithms. Default: HS256 for `secret`; else what each key names, or RS256, ES256/384/512 or EdDSA by its type. */
  readonly algorithms?: readonly Algorithm[];
  /** Default `rfc9068`. */
  readonly profile?: TokenProfile;
  /** The longest life of a token (`exp` − `iat`), in seconds. Default 900 for `secret` and `keys`, 86400 otherwise. */
  readonly maxTtl?: number;
  /** The claim that holds the roles; a list is a path: `['realm_access', 'roles']`. Default `roles`. */
  readonly rolesClaim?: string | readonly string[];
  /** The claim that holds the scopes, as text or a list. Default `scope`. */
  readonly scopesClaim?: string | readonly string[];
  /** The claim that holds the tenant, for `r.same`. Without it access tokens have none. */
  readonly tenantClaim?: string | readonly string[];
}

type KeyOption = 'secret' | 'keys' | 'jwksUri';
type Only<Option extends KeyOption> = { readonly [Other in Exclude<KeyOption, Option>]?: never };

/** An issuer with one source of keys: `secret`, `keys` or `jwksUri`, or none: then they are found by its discovery document. */
export type TrustedIssuer = IssuerOptions & (Only<'secret'> | Only<'keys'> | Only<'jwksUri'>);

/** How the issuer is asked about tokens. */
export interface IntrospectionSettings {
  readonly client: IntrospectionClient;
  /** Whether every token is asked for, and not the opaque ones alone. */
  readonly alone: boolean;
  warn(failure: string): void;
}

/** {@link IssuerOptions}, checked and complete. Holds no secret as text. */
export interface IssuerSettings {
  readonly issuer: string;
  readonly audiences: ReadonlySet<string>;
  readonly keys: KeySource;
  /** The algorithms that any of the keys may have. None where the issuer is asked about every token. */
  readonly algorithms: ReadonlySet<Algorithm>;
  readonly profile: TokenProfile;
  readonly introspection: IntrospectionSettings | undefined;
  /** Seconds. */
  readonly clockTolerance: number;
  /** The members of `cnf` by which a token may be bound: those that are checked. */
  readonly confirmations: ReadonlySet<string>;
  /** Seconds. */
  readonly maxTtl: number;
  readonly rolesClaim: readonly string[];
  readonly scopesClaim: readonly string[];
  readonly tenantClaim: readonly string[] | undefined;
  /** What stands before `sub` in the id of a principal: nothing, or, where there are several issuers, this one and `|`. */
  readonly idPrefix: string;
}

/** The names of {@link IssuerOptions}. */
export const ISSUER_KEYS: readonly string[] = [
  'issuer',
  'audience',
  'secret',
  'keys',
  'jwksUri',
  'introspection',
  'algorithms',
  'profile',
  'maxTtl',
  'rolesClaim',
  'scopesClaim',
  'tenantClaim',
];

const EXAMPLE = "{ issuer: 'https://id.example.com/', audience: 'https://api.example.com' }";
const [OWN_TOKEN_SECONDS, FOREIGN_TOKEN_SECONDS, LONGEST_SECONDS] = [900, 86_400, 31 * 86_400];

/**
 * Checks the options of one issuer, which stand at `path`. Secrets and private keys are turned into key objects here and are in no message and
 * no setting.
 *
 * @throws {SecurityConfigError} `option.missing`, `option.invalid`, `option.conflict`
 */
export function resolveIssuer(
  path: string,
  options: RawOptions,
  {
    clockTolerance,
    confirmations,
    several,
  }: Pick<IssuerSettings, 'clockTolerance' | 'confirmations'> & { readonly several: boolean },
): IssuerSettings {
  const issuer = resolveName(`${path}.issuer`, options['issuer'], several);
  const audiences = resolveAudience(`${path}.audience`, options['audience']);
  const introspection = resolveAsking(path, options, issuer);
  const { keys, algorithms, own } = introspection?.alone ? NO_KEYS : resolveKeys(path, options, issuer);
  return {
    issuer,
    audiences,
    keys,
    algorithms,
    profile: resolveProfile(`${path}.profile`, options['profile']),
    introspection,
    clockTolerance,
    confirmations,
    maxTtl: wholeNumber(`${path}.maxTtl`, options['maxTtl'], {
      min: 1,
      max: LONGEST_SECONDS,
      default: own ? OWN_TOKEN_SECONDS : FOREIGN_TOKEN_SECONDS,
    }),
    rolesClaim: resolveClaim(`${path}.rolesClaim`, options['rolesClaim'], 'roles'),
    scopesClaim: resolveClaim(`${path}.scopesClaim`, options['scopesClaim'], 'scope'),
    tenantClaim:
      options['tenantClaim'] === undefined
        ? undefined
        : resolveClaim(`${path}.tenantClaim`, options['tenantClaim'], 'tenant'),
    idPrefix: several ? `${issuer}|` : '',
  };
}

/** Where the issuer is asked about every token, no key of ours is good for any. */
const NO_KEYS: ResolvedKeys = { keys: fixedKeys([]), algorithms: new Set(), own: false };

function resolveAsking(path: string, options: RawOptions, issuer: string): IntrospectionSettings | undefined {
  const raw = options['introspection'];
  if (!Object.hasOwn(options, 'introspection')) return undefined;
  const client = resolveIntrospection(`${path}.introspection`, raw, issuer);
  const alone = !KEY_OPTIONS.some((name) => Object.hasOwn(options, name));
  const idle = alone ? ['algorithms', 'profile'].find((name) => Object.hasOwn(options, name)) : undefined;
  if (idle !== undefined) {
    throw new SecurityConfigError(
      'option.conflict',
      `${path}.${idle}`,
      'has no effect: with introspection alone the issuer is asked about every token',
      `leave it out, or write jwksUri, so that JWTs are verified here`,
    );
  }
  const logger = new Logger('SecurityModule');
  const warn = (failure: string) =>
    logger.warn(`The issuer (${path}.issuer) cannot be asked about tokens: ${failure}`);
  return { client, alone, warn };
}

function resolveName(path: string, raw: unknown, several: boolean): string {
  if (raw === undefined) throw missing(path, `write ${EXAMPLE}`);
  if (typeof raw !== 'string' || raw === '')
    throw invalidOption(path, raw, "write the token's iss: 'https://id.example.com/'");
  const fault = raw.startsWith('http:') ? urlFault(raw) : undefined;
  if (fault) throw invalid(path, fault, 'write an https: issuer; http: is for the loopback address alone');
  // Issuer and subject would not be told apart in the id of a principal.
  if (several && raw.includes('|')) throw invalid(path, 'has a |', 'rename the issuer, or have it alone');
  return raw;
}

function resolveAudience(path: string, raw: unknown): ReadonlySet<string> {
  if (raw === undefined) {
    throw missing(
      path,
      "without it a token made for any other API would do; write audience: 'https://api.example.com'",
    );
  }
  const list: readonly unknown[] = Array.isArray(raw) ? raw : [raw];
  if (list.length === 0 || list.some((audience) => typeof audience !== 'string' || audience === '')) {
    throw invalidOption(path, raw, "write 'https://api.example.com', or a list of such names");
  }
  return new Set(list as readonly string[]);
}

function resolveProfile(path: string, raw: unknown): TokenProfile {
  if (raw === undefined || raw === 'rfc9068') return 'rfc9068';
  if (raw === 'oidc-compat') return raw;
  throw invalidOption(path, raw, "write 'rfc9068' (typ at+jwt) or 'oidc-compat' (plain JWTs too)");
}

function resolveClaim(path: string, raw: unknown, byDefault: string): readonly string[] {
  if (raw === undefined) return [byDefault];
  const keys: readonly unknown[] = Array.isArray(raw) ? raw : [raw];
  if (keys.length > 0 && keys.every((key) => typeof key === 'string' && key !== ''))
    return keys as readonly string[];
  throw invalidOption(path, raw, `write '${byDefault}', or the path to it: ['realm_access', 'roles']`);
}

function missing(path: string, fix: string): SecurityConfigError {
  return new SecurityConfigError('option.missing', path, 'is missing', fix);
}

function invalid(path: string, problem: string, fix: string): SecurityConfigError {
  return new SecurityConfigError('option.invalid', path, problem, fix);
}
