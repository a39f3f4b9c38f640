import type { KeyObject } from 'node:crypto';
import { SecurityConfigError } from '../../core/config-error.js';
import { checkOptions, flag, invalidOption, wholeNumber, type RawOptions } from '../../core/options.js';
import { isSymmetric } from '../../kit/keys/algorithm.js';
import { resolveDpop, type DpopOptions, type DpopSettings } from './dpop/dpop.options.js';
import {
  ISSUER_KEYS,
  resolveIssuer,
  type IssuerOptions,
  type IssuerSettings,
  type TrustedIssuer,
} from './issuer.options.js';
import { resolveMtls, type MtlsOptions, type MtlsSettings } from './mtls/mtls.options.js';
import { confirmationsOf } from './other-tokens.js';

/** What holds for the tokens of every issuer. */
export interface CommonAuthenticationOptions {
  /** How far clocks may differ, in seconds. Default 5. */
  readonly clockTolerance?: number;
  /** The longest token, in bytes. Default 8192. */
  readonly maxTokenBytes?: number;
  /** How many verified tokens are remembered; `false`: none. Default `{ max: 1000 }`. */
  readonly tokenCache?: { readonly max?: number } | false;
  /** Whether each request asks if its token was taken back with `Revocation`. Default `false`. */
  readonly revocation?: boolean;
  /** Tokens that are bound to a key (RFC 9449) are taken with a proof of it. Left out: they are refused. */
  readonly dpop?: DpopOptions;
  /** Tokens that are bound to a certificate (RFC 8705) are taken over a connection with it. Left out: they are refused. */
  readonly mtls?: MtlsOptions;
  /** The realm of the challenge in a 401. Default `api`. */
  readonly realm?: string;
}

/** One issuer: its options stand among the others. */
type OneIssuer = TrustedIssuer & { readonly issuers?: never };
/** Several issuers, each with options of its own. */
type SeveralIssuers = { readonly issuers: readonly TrustedIssuer[] } & {
  readonly [Option in keyof IssuerOptions]?: never;
};

/**
 * Whose tokens count, and with which keys: one issuer, or a list `issuers`. A token is verified as one of the issuer that it names in
 * `iss`, with the keys, algorithms and rules of that issuer, and never tried with those of another.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8725
 * @example
 * ```ts
 * authentication: { issuer: 'https://id.example.com/', audience: 'https://api.example.com' }
 * authentication: { issuer: 'shop', audience: 'shop-api', secret: process.env.JWT_SECRET }
 * authentication: { issuer: 'shop', audience: 'shop-api', keys: readFileSync('public.pem', 'utf8') }
 * authentication: { issuers: [{ issuer: 'https://id.example.com/', audience }, { issuer: 'shop', audience, secret }] }
 * ```
 */
export type AuthenticationOptions = CommonAuthenticationOptions & (OneIssuer | SeveralIssuers);

/** {@link AuthenticationOptions}, checked and complete. */
export interface AuthenticationSettings {
  /** One or more. No two have the same name. */
  readonly issuers: readonly [IssuerSettings, ...IssuerSettings[]];
  /** Seconds. */
  readonly clockTolerance: number;
  readonly maxTokenBytes: number;
  /** 0: none are remembered. */
  readonly cachedTokens: number;
  readonly revocation: boolean;
  readonly dpop: DpopSettings | undefined;
  readonly mtls: MtlsSettings | undefined;
  readonly realm: string;
}

const COMMON_KEYS = ['clockTolerance', 'maxTokenBytes', 'tokenCache', 'revocation', 'dpop', 'mtls', 'realm'];
const KEYS = [...ISSUER_KEYS, 'issuers', ...COMMON_KEYS];
const EXAMPLE = "authentication: { issuer: 'https://id.example.com/', audience: 'https://api.example.com' }";

/**
 * Checks the `authentication` option.
 *
 * @throws {SecurityConfigError} `option.missing`, `option.unknown`, `option.invalid`, `option.conflict`
 */
export function resolveAuthentication(raw: unknown): AuthenticationSettings {
  if (raw === undefined)
    throw new SecurityConfigError('option.missing', 'authentication', 'is missing', `write ${EXAMPLE}`);
  const options = checkOptions('authentication', raw, KEYS);
  const clockTolerance = wholeNumber('authentication.clockTolerance', options['clockTolerance'], {
    min: 0,
    max: 300,
    default: 5,
  });
  const dpop = resolveDpop(options['dpop']);
  const mtls = resolveMtls(options['mtls']);
  const confirmations = confirmationsOf({ dpop, mtls });
  return {
    issuers: resolveIssuers(options, { clockTolerance, confirmations }),
    clockTolerance,
    maxTokenBytes: wholeNumber('authentication.maxTokenBytes', options['maxTokenBytes'], {
      min: 256,
      max: 65_536,
      default: 8192,
    }),
    cachedTokens: resolveCache(options['tokenCache']),
    revocation: flag('authentication.revocation', options['revocation'], false),
    dpop,
    mtls,
    realm: resolveRealm(options['realm']),
  };
}

function resolveIssuers(
  options: RawOptions,
  common: Pick<IssuerSettings, 'clockTolerance' | 'confirmations'>,
): AuthenticationSettings['issuers'] {
  if (!Object.hasOwn(options, 'issuers'))
    return [resolveIssuer('authentication', options, { ...common, several: false })];
  const path = 'authentication.issuers';
  const { issuers: list } = options;
  const fix = `write a list: [${EXAMPLE.slice('authentication: '.length)}]`;
  if (!Array.isArray(list)) throw invalidOption(path, list, fix);
  if (list.length === 0)
    throw new SecurityConfigError('option.invalid', path, 'is an empty list: no token would count', fix);
  const beside = ISSUER_KEYS.find((name) => Object.hasOwn(options, name));
  if (beside !== undefined)
    throw conflict(`authentication.${beside}`, 'stands beside issuers', 'write it with the issuer it is for');
  const settings = list.map((item: unknown, i) => {
    const checked = checkOptions(`${path}[${i}]`, item, ISSUER_KEYS);
    return resolveIssuer(`${path}[${i}]`, checked, { ...common, several: list.length > 1 });
  });
  const names = settings.map(({ issuer }) => issuer);
  const twice = names.findIndex((name, i) => names.indexOf(name) < i);
  if (twice >= 0)
    throw conflict(
      `${path}[${twice}].issuer`,
      `is that of issuers[${names.indexOf(names[twice]!)}]: it is not clear whose keys and rules count`,
      'write each issuer once; it may have several audiences and keys',
    );
  const asked = settings.flatMap(({ introspection }, i) => (introspection ? [i] : []));
  if (asked.length > 1)
    throw conflict(
      `${path}[${asked[1]}].introspection`,
      `is there for issuers[${asked[0]}] too: an opaque token does not say whom to ask`,
      'keep one; the others need keys or jwksUri',
    );
  refuseSharedSecret(path, settings);
  return settings as unknown as AuthenticationSettings['issuers'];
}

/** Who has the secret of two issuers writes the tokens of either. (A public key of two is that of one provider with two names.) */
function refuseSharedSecret(path: string, issuers: readonly IssuerSettings[]): void {
  const secrets = issuers.map(secretsOf);
  for (const [i, own] of secrets.entries()) {
    const other = secrets.slice(0, i).findIndex((list) => list.some((a) => own.some((b) => a.equals(b))));
    if (other >= 0)
      throw conflict(
        `${path}[${i}]`,
        `has the secret of issuers[${other}]: whoever signs for one could sign for the other`,
        'give each issuer a secret of its own',
      );
  }
}

function secretsOf({ keys, algorithms }: IssuerSettings): KeyObject[] {
  // Published keys are no secrets, and are not to be fetched for this.
  const given = [...algorithms].some(isSymmetric) ? (keys.current()?.keys ?? []) : [];
  return given.map(({ key }) => key);
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

function conflict(path: string, problem: string, fix: string): SecurityConfigError {
  return new SecurityConfigError('option.conflict', path, problem, fix);
}
