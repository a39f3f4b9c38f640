import type { KeyObject } from 'node:crypto';
import { SecurityConfigError } from '../../../core/config-error.js';
import { checkOptions, flag, invalidOption, wholeNumber } from '../../../core/options.js';
import { ALGORITHMS, isSymmetric, type Algorithm } from '../../../kit/keys/algorithm.js';
import { optionalSecret } from '../../../kit/keys/secret-option.js';
import { urlFault } from '../../../kit/keys/trusted-url.js';
import { algorithmNames } from '../algorithm-names.js';
import { normalUri } from './target-uri.js';
import type { ProofRules } from './proof.js';

/**
 * Tokens that count only together with a proof of their key, made anew for each request.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9449
 * @example
 * ```ts
 * dpop: { publicUrl: 'https://api.example.com' }
 * ```
 */
export interface DpopOptions {
  /**
   * Where clients reach this API, as they write it: `https://api.example.com`, with the path that a proxy takes away, if one does. Several:
   * any one of them. It is said here because a proof for another server must not count, and the `Host` of a request is written by its sender.
   */
  readonly publicUrl: string | readonly string[];
  /** Whether tokens that are not bound to a key are refused, on every route. Default `false`; `@RequireDpop()` asks for it on one. */
  readonly required?: boolean;
  /** Narrows the algorithms of proofs. Default: every one of a key pair. */
  readonly algorithms?: readonly Algorithm[];
  /** How far the time of a proof may be from now, to either side, in seconds. Default 60. */
  readonly window?: number;
  /** Asks for a nonce in each proof, so that none can be made in advance: a secret of 32 bytes or more, the same in every instance. */
  readonly nonceSecret?: string | Uint8Array;
}

/** {@link DpopOptions}, checked and complete. Holds no secret as text. */
export interface DpopSettings extends ProofRules {
  readonly required: boolean;
  readonly nonceSecret: KeyObject | undefined;
}

const PATH = 'authentication.dpop';
const KEYS = ['publicUrl', 'required', 'algorithms', 'window', 'nonceSecret'];
const EXAMPLE = "publicUrl: 'https://api.example.com'";
const NAMES = (Object.keys(ALGORITHMS) as Algorithm[]).filter((name) => !isSymmetric(name));

/**
 * Checks the `authentication.dpop` option.
 *
 * @throws {SecurityConfigError} `option.missing`, `option.unknown`, `option.invalid`
 */
export function resolveDpop(raw: unknown): DpopSettings | undefined {
  if (raw === undefined) return undefined;
  const options = checkOptions(PATH, raw, KEYS);
  return {
    publicUrls: resolvePublicUrls(options['publicUrl']),
    required: flag(`${PATH}.required`, options['required'], false),
    algorithms: algorithmNames(`${PATH}.algorithms`, options['algorithms'], NAMES, 'a key pair') ?? NAMES,
    window: wholeNumber(`${PATH}.window`, options['window'], { min: 1, max: 300, default: 60 }),
    nonceSecret: optionalSecret(PATH, options, 'nonceSecret'),
  };
}

function resolvePublicUrls(raw: unknown): readonly string[] {
  const path = `${PATH}.publicUrl`;
  if (raw === undefined) {
    throw new SecurityConfigError(
      'option.missing',
      path,
      'is missing, so a proof that was made for another server would do',
      `write ${EXAMPLE}, as clients write it`,
    );
  }
  const list: readonly unknown[] = Array.isArray(raw) ? raw : [raw];
  if (list.length === 0) throw invalidOption(path, raw, `write ${EXAMPLE}`);
  return list.map((url) => {
    if (typeof url !== 'string') throw invalidOption(path, url, `write ${EXAMPLE}`);
    const normal = normalUri(url);
    const fault = urlFault(url) ?? (normal === undefined ? 'is no URL' : undefined);
    if (fault) throw new SecurityConfigError('option.invalid', path, publicFault(fault), `write ${EXAMPLE}`);
    if (url.includes('?'))
      throw new SecurityConfigError('option.invalid', path, 'has a query', `write ${EXAMPLE}`);
    return normal!.replace(/\/$/, '');
  });
}

/** The words of `urlFault` are about keys that are fetched. */
function publicFault(fault: string): string {
  return fault.startsWith('is not https') ? 'is not https: a proof would travel in the open' : fault;
}
