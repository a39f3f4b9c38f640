import { Logger } from '@nestjs/common';
import { SecurityConfigError } from '../../core/config-error.js';
import { invalidOption, nameOf, type RawOptions } from '../../core/options.js';
import { ALGORITHMS, isSymmetric, namesOf, type Algorithm } from '../../kit/keys/algorithm.js';
import { fromDiscovery, fromJwks, type KeyLoader } from '../../kit/keys/key-loaders.js';
import { KeyRing } from '../../kit/keys/key-ring.js';
import { fixedKeys, type KeySource } from '../../kit/keys/key-set.js';
import { RemoteKeys, type KeyLog } from '../../kit/keys/remote-keys.js';
import { SIGNING_ALGORITHMS } from '../../kit/keys/signing-key.js';
import { urlFault } from '../../kit/keys/trusted-url.js';
import {
  keyOfJwk,
  keyOfPem,
  keyOfSecret,
  type KeyFault,
  type VerificationKey,
} from '../../kit/keys/verification-key.js';
import { algorithmNames } from './algorithm-names.js';

/** The keys of the options, and what may be signed with them. */
export interface ResolvedKeys {
  readonly keys: KeySource;
  readonly algorithms: ReadonlySet<Algorithm>;
  /** Whether the application has the keys itself, so that the tokens are probably its own. */
  readonly own: boolean;
}

/** The options that say where keys come from. */
export const KEY_OPTIONS = ['secret', 'keys', 'jwksUri'] as const;
const NAMES = Object.keys(ALGORITHMS) as Algorithm[];

/**
 * Makes the key source of the options at a path: `secret`, `keys`, `jwksUri`, or the issuer's discovery document.
 *
 * @throws {SecurityConfigError} `option.missing`, `option.invalid`, `option.conflict`
 */
export function resolveKeys(at: string, options: RawOptions, issuer: string): ResolvedKeys {
  const given = KEY_OPTIONS.filter((name) => Object.hasOwn(options, name));
  for (const name of given) {
    if (options[name] !== undefined && options[name] !== null) continue;
    // Left to itself, an unset environment variable would mean: trust whatever the issuer's address publishes.
    const fix = `set what it is read from, or leave ${name} out to use the issuer's discovery document`;
    throw new SecurityConfigError('option.missing', `${at}.${name}`, `is ${String(options[name])}`, fix);
  }
  if (given.length > 1) {
    throw conflict(
      at,
      `has ${given.join(' and ')}: it is not clear which keys count`,
      `keep one of ${KEY_OPTIONS.join(', ')}`,
    );
  }
  const algorithms = resolveAlgorithms(`${at}.algorithms`, options['algorithms']);
  const [source] = given;
  if (source === 'secret') return fromSecret(at, options['secret'], algorithms);
  if (source === 'keys') return fromKeys(`${at}.keys`, options['keys'], algorithms);
  return fromIssuer(at, issuer, options['jwksUri'], algorithms);
}

function resolveAlgorithms(path: string, raw: unknown): readonly Algorithm[] | undefined {
  const isNone = (name: unknown) => typeof name === 'string' && name.toLowerCase() === 'none';
  if (Array.isArray(raw) && raw.some(isNone)) {
    throw invalid(path, "has 'none': anybody could write such a token", `write one of ${NAMES.join(', ')}`);
  }
  const list = algorithmNames(path, raw, NAMES, 'ours');
  if (list === undefined) return undefined;
  if (list.some(isSymmetric) && !list.every(isSymmetric)) {
    throw conflict(
      path,
      'mixes shared secrets (HS…) and key pairs: a public key could pass for a secret',
      'keep one kind',
    );
  }
  return list;
}

function fromSecret(at: string, secret: unknown, algorithms: readonly Algorithm[] = ['HS256']): ResolvedKeys {
  const path = `${at}.secret`;
  if (typeof secret !== 'string' && !(secret instanceof Uint8Array))
    throw invalidOption(path, secret, 'write a string or a Buffer');
  if (!algorithms.every(isSymmetric)) {
    throw conflict(
      `${at}.algorithms`,
      'names key pair algorithms beside a secret',
      "write ['HS256'], or give keys instead of secret",
    );
  }
  return fixed([sound(path, keyOfSecret(secret, algorithms))]);
}

function fromKeys(path: string, raw: unknown, algorithms: readonly Algorithm[] | undefined): ResolvedKeys {
  if (raw instanceof KeyRing) return fromRing(path, raw, algorithms);
  const single = typeof raw === 'object' && raw !== null && Array.isArray((raw as { keys?: unknown }).keys);
  const given: unknown = single ? (raw as { keys: unknown }).keys : raw;
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (list.length === 0)
    throw invalid(path, 'is an empty list: no token could be verified', 'write a PEM text or a JWK');
  const keys = list.map((item, i) => {
    const itemPath = list.length === 1 ? path : `${path}[${i}]`;
    if (typeof item === 'string') return sound(itemPath, keyOfPem(item, algorithms));
    if (typeof item === 'object' && item !== null) return sound(itemPath, keyOfJwk(item, algorithms));
    throw invalidOption(itemPath, item, 'write a PEM text or a JWK');
  });
  refuseMixture(path, keys);
  return fixed(keys);
}

function fromRing(path: string, ring: KeyRing, algorithms: readonly Algorithm[] | undefined): ResolvedKeys {
  if (algorithms)
    throw conflict(
      path,
      'is a key ring, whose keys name their algorithms, and algorithms is written beside it',
      'leave algorithms out',
    );
  // Of the next key too: it may be of another kind.
  return { keys: ring, algorithms: new Set(SIGNING_ALGORITHMS.flatMap(namesOf)), own: true };
}

function refuseMixture(path: string, keys: readonly VerificationKey[]): void {
  const secrets = keys.filter(({ key }) => key.type === 'secret').length;
  if (secrets > 0 && secrets < keys.length) {
    throw conflict(
      path,
      'mixes shared secrets and public keys: a public key could pass for a secret',
      'keep one kind',
    );
  }
  const kids = keys.flatMap(({ kid }) => kid ?? []);
  if (new Set(kids).size < kids.length)
    throw conflict(path, 'has two keys with one kid', 'give each key its own, its RFC 7638 thumbprint');
}

function fromIssuer(
  at: string,
  issuer: string,
  jwksUri: unknown,
  algorithms: readonly Algorithm[] | undefined,
): ResolvedKeys {
  if (algorithms?.some(isSymmetric)) {
    throw conflict(
      `${at}.algorithms`,
      'names a shared secret algorithm for published keys',
      "write ['RS256'], or give a secret",
    );
  }
  const keys = new RemoteKeys(loaderOf(at, issuer, jwksUri), algorithms, logOf(at));
  return { keys, algorithms: new Set(algorithms ?? NAMES.filter((name) => !isSymmetric(name))), own: false };
}

function logOf(at: string): KeyLog {
  const logger = new Logger('SecurityModule');
  const who = `the issuer (${at}.issuer)`;
  return {
    failed: (why) => logger.warn(`The keys of ${who} cannot be fetched: ${why}`),
    ignored: (why) => logger.warn(`Some keys of ${who} are not used: ${why.join('; ')}`),
  };
}

function loaderOf(at: string, issuer: string, jwksUri: unknown): KeyLoader {
  if (jwksUri !== undefined) {
    const fault = typeof jwksUri === 'string' ? urlFault(jwksUri) : `is ${nameOf(jwksUri)}`;
    if (fault) throw invalid(`${at}.jwksUri`, fault, "write 'https://id.example.com/.well-known/jwks.json'");
    return fromJwks(jwksUri as string);
  }
  const fault = urlFault(issuer) ?? (issuer.includes('?') ? 'has a query' : undefined);
  if (fault) {
    const fix = "write issuer: 'https://id.example.com/', or give secret, keys or jwksUri";
    throw invalid(`${at}.issuer`, `${fault}, so its keys cannot be discovered`, fix);
  }
  return fromDiscovery(issuer);
}

function fixed(keys: readonly VerificationKey[]): ResolvedKeys {
  return {
    keys: fixedKeys(keys),
    algorithms: new Set(keys.flatMap((key) => [...key.algorithms])),
    own: true,
  };
}

function sound(path: string, key: VerificationKey | KeyFault): VerificationKey {
  if ('fault' in key) throw invalid(path, key.fault, key.fix);
  return key;
}

function invalid(path: string, problem: string, fix: string): SecurityConfigError {
  return new SecurityConfigError('option.invalid', path, problem, fix);
}

function conflict(path: string, problem: string, fix: string): SecurityConfigError {
  return new SecurityConfigError('option.conflict', path, problem, fix);
}
