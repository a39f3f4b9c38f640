import { SecurityConfigError } from '../../core/config-error.js';
import { checkOptions, flag, invalidOption, wholeNumber } from '../../core/options.js';
import type { Algorithm } from '../../kit/keys/algorithm.js';
import type { KeySource } from '../../kit/keys/key-set.js';
import { urlFault } from '../../kit/keys/trusted-url.js';
import type { Jwk } from '../../kit/keys/verification-key.js';
import { resolveKeys } from './authentication.keys.js';

/**
 * What an access token looks like. `rfc9068`: its `typ` is `at+jwt`. `oidc-compat`: it may be a plain `JWT`, as several providers issue
 * them; what can be told to be an ID, refresh or logout token is refused.
 */
export type TokenProfile = 'rfc9068' | 'oidc-compat';

/**
 * Whose tokens count, and with which keys. Exactly one of `secret`, `keys` and `jwksUri`, or none: then the keys are found by
 * the issuer's discovery document.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8725
 * @example
 * ```ts
 * authentication: { issuer: 'https://id.example.com/', audience: 'https://api.example.com' }
 * authentication: { issuer: 'shop', audience: 'shop-api', secret: process.env.JWT_SECRET }
 * authentication: { issuer: 'shop', audience: 'shop-api', keys: readFileSync('public.pem', 'utf8') }
 * ```
 */
export interface AuthenticationOptions {
  /** The `iss` of every token, exactly. `https:`, or any name where the keys are given here. */
  readonly issuer: string;
  /** What this API is called in `aud`. Several: any one of them. */
  readonly audience: string | readonly string[];
  /** A shared secret, 32 bytes or more (48 for HS384, 64 for HS512). Text counts as UTF-8. */
  readonly secret?: string | Uint8Array;
  /** Public keys: PEM, JWK, a list of those, or a JWK set. A token without `kid` is tried with at most four. */
  readonly keys?: string | Jwk | ReadonlyArray<string | Jwk> | { readonly keys: readonly Jwk[] };
  /** Where the issuer publishes its JWK set. */
  readonly jwksUri?: string;
  /** Narrows the algorithms. Default: HS256 for `secret`; else what each key names, or RS256, ES256/384/512 or EdDSA by its type. */
  readonly algorithms?: readonly Algorithm[];
  /** Default `rfc9068`. */
  readonly profile?: TokenProfile;
  /** How far clocks may differ, in seconds. Default 5. */
  readonly clockTolerance?: number;
  /** The longest life of a token (`exp` − `iat`), in seconds. Default 900 for `secret` and `keys`, 86400 otherwise. */
  readonly maxTtl?: number;
  /** The longest token, in bytes. Default 8192. */
  readonly maxTokenBytes?: number;
  /** How many verified tokens are remembered; `false`: none. Default `{ max: 1000 }`. */
  readonly tokenCache?: { readonly max: number } | false;
  /** Whether each request asks if its token was taken back with `Revocation`. Default `false`. */
  readonly revocation?: boolean;
  /** The realm of the challenge in a 401. Default `api`. */
  readonly realm?: string;
  /** The claim that holds the roles; a list is a path: `['realm_access', 'roles']`. Default `roles`. */
  readonly rolesClaim?: string | readonly string[];
  /** The claim that holds the scopes, as text or a list. Default `scope`. */
  readonly scopesClaim?: string | readonly string[];
}

/** {@link AuthenticationOptions}, checked and complete. Holds no secret as text. */
export interface AuthenticationSettings {
  readonly issuer: string;
  readonly audiences: ReadonlySet<string>;
  readonly keys: KeySource;
  /** The algorithms that any of the keys may have. */
  readonly algorithms: ReadonlySet<Algorithm>;
  readonly profile: TokenProfile;
  /** Seconds. */
  readonly clockTolerance: number;
  /** Seconds. */
  readonly maxTtl: number;
  readonly maxTokenBytes: number;
  /** 0: none are remembered. */
  readonly cachedTokens: number;
  readonly revocation: boolean;
  readonly realm: string;
  readonly rolesClaim: readonly string[];
  readonly scopesClaim: readonly string[];
}

const KEYS = [
  'issuer',
  'audience',
  'secret',
  'keys',
  'jwksUri',
  'algorithms',
  'profile',
  'clockTolerance',
  'maxTtl',
  'maxTokenBytes',
  'tokenCache',
  'revocation',
  'realm',
  'rolesClaim',
  'scopesClaim',
];
const EXAMPLE = "authentication: { issuer: 'https://id.example.com/', audience: 'https://api.example.com' }";
const [OWN_TOKEN_SECONDS, FOREIGN_TOKEN_SECONDS, LONGEST_SECONDS] = [900, 86_400, 31 * 86_400];

/**
 * Checks the `authentication` option. Secrets and private keys are turned into key objects here and are in no message and no setting.
 *
 * @throws {SecurityConfigError} `option.missing`, `option.unknown`, `option.invalid`, `option.conflict`
 */
export function resolveAuthentication(raw: unknown): AuthenticationSettings {
  if (raw === undefined) throw missing('authentication', `write ${EXAMPLE}`);
  const options = checkOptions('authentication', raw, KEYS);
  const issuer = resolveIssuer(options['issuer']);
  const audiences = resolveAudience(options['audience']);
  const { keys, algorithms, own } = resolveKeys(options, issuer);
  return {
    issuer,
    audiences,
    keys,
    algorithms,
    profile: resolveProfile(options['profile']),
    clockTolerance: wholeNumber('authentication.clockTolerance', options['clockTolerance'], {
      min: 0,
      max: 300,
      default: 5,
    }),
    maxTtl: wholeNumber('authentication.maxTtl', options['maxTtl'], {
      min: 1,
      max: LONGEST_SECONDS,
      default: own ? OWN_TOKEN_SECONDS : FOREIGN_TOKEN_SECONDS,
    }),
    maxTokenBytes: wholeNumber('authentication.maxTokenBytes', options['maxTokenBytes'], {
      min: 256,
      max: 65_536,
      default: 8192,
    }),
    cachedTokens: resolveCache(options['tokenCache']),
    revocation: flag('authentication.revocation', options['revocation'], false),
    realm: resolveRealm(options['realm']),
    rolesClaim: resolveClaim('authentication.rolesClaim', options['rolesClaim'], 'roles'),
    scopesClaim: resolveClaim('authentication.scopesClaim', options['scopesClaim'], 'scope'),
  };
}

function resolveIssuer(raw: unknown): string {
  const path = 'authentication.issuer';
  if (raw === undefined) throw missing(path, `write ${EXAMPLE}`);
  if (typeof raw !== 'string' || raw === '')
    throw invalidOption(path, raw, "write the token's iss: 'https://id.example.com/'");
  const fault = raw.startsWith('http:') ? urlFault(raw) : undefined;
  if (fault)
    throw new SecurityConfigError(
      'option.invalid',
      path,
      fault,
      'write an https: issuer; http: is for the loopback address alone',
    );
  return raw;
}

function resolveAudience(raw: unknown): ReadonlySet<string> {
  const path = 'authentication.audience';
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

function resolveProfile(raw: unknown): TokenProfile {
  if (raw === undefined || raw === 'rfc9068') return 'rfc9068';
  if (raw === 'oidc-compat') return raw;
  throw invalidOption(
    'authentication.profile',
    raw,
    "write 'rfc9068' (typ at+jwt) or 'oidc-compat' (plain JWTs too)",
  );
}

function resolveCache(raw: unknown = {}): number {
  if (raw === false) return 0;
  const { max } = checkOptions('authentication.tokenCache', raw, ['max']);
  return wholeNumber('authentication.tokenCache.max', max, { min: 1, max: 1_000_000, default: 1000 });
}

function resolveRealm(raw: unknown): string {
  if (raw === undefined) return 'api';
  // What may stand in a quoted string without escapes (RFC 9110 §5.6.4).
  if (typeof raw === 'string' && /^[\x20\x21\x23-\x5b\x5d-\x7e]{1,100}$/.test(raw)) return raw;
  throw invalidOption('authentication.realm', raw, 'write 1 to 100 ASCII characters without " and \\');
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
