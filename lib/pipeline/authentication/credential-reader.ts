import type { Denial } from '../../core/decision.js';
import { cookieValues } from '../../kit/http/cookie-values.js';
import type { TokenDenials } from './token-denials.js';

/** What a request carries as proof of who is calling. `value` is as it was sent, its form not looked at. */
export interface Credential {
  readonly kind: 'bearer' | 'dpop' | 'cookie' | 'api-key' | 'unknown';
  readonly value: string;
}

/** A credential, or why what is there is none. */
export type Found = Credential | { readonly denial: Denial };

/** Where credentials may be, beside `Authorization: Bearer`. */
export interface Carriers {
  /** `Authorization: ApiKey …` and `X-API-Key: …`. Where there are no API keys, the header is somebody else's and not looked at. */
  readonly apiKeys: boolean;
  /**
   * What every API key of the application begins with. Where it begins a token, somebody has mistaken the one for the other: the issuer that
   * is asked about tokens must not get the key.
   */
  readonly apiKeyStart?: string | undefined;
  /** `Authorization: DPoP …`. Where proofs are not checked, it is a scheme that nobody knows. */
  readonly dpop?: boolean;
  /** The cookie that holds the access token. */
  readonly accessCookie?: string;
}

const AUTHORIZATION = 'authorization';
const API_KEY = 'x-api-key';
const COOKIE = 'cookie';
const BEARER = 'Bearer ';
// RFC 9110 §5.6.2
const SCHEME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]*/;

/**
 * Finds the credential of a request: in the headers where it may be, and nowhere else: not in the query and not in a body
 * (RFC 9700 §4.3.2). It takes Node's raw headers, because Node's own view drops a second `Authorization` without a word. The verifier is
 * chosen by what is found; nothing is tried in turn.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-2
 */
export class CredentialReader {
  readonly #several: Found;
  readonly #apiKeyAsToken: Found;

  constructor(
    private readonly carriers: Carriers,
    private readonly denials: TokenDenials,
  ) {
    this.#several = { denial: denials.of('credential.several') };
    this.#apiKeyAsToken = {
      denial: denials.of('token.malformed', 'begins as an API key of the application'),
    };
  }

  /**
   * The one credential of a request; `undefined` where it carries none.
   *
   * @param rawHeaders names and values in turn, as `IncomingMessage.rawHeaders` has them
   */
  read(rawHeaders: readonly string[]): Found | undefined {
    let found: Found | undefined;
    for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
      const carried = this.#carried(rawHeaders[i]!, rawHeaders[i + 1]!);
      if (carried === undefined) continue;
      if (found !== undefined) return this.#several;
      found = carried;
    }
    return found;
  }

  #carried(name: string, value: string): Found | undefined {
    switch (name.length) {
      case AUTHORIZATION.length:
        return name.toLowerCase() === AUTHORIZATION ? this.#ofScheme(value) : undefined;
      case API_KEY.length:
        return this.carriers.apiKeys && name.toLowerCase() === API_KEY
          ? { kind: 'api-key', value }
          : undefined;
      case COOKIE.length:
        return this.carriers.accessCookie !== undefined && name.toLowerCase() === COOKIE
          ? this.#ofCookie(value, this.carriers.accessCookie)
          : undefined;
      default:
        return undefined;
    }
  }

  /** RFC 6750 §2.1 and RFC 9110 §11.4: the scheme in any case, one space, the credential to the end. */
  #ofScheme(value: string): Found {
    if (value.startsWith(BEARER)) return this.#of('bearer', value.slice(BEARER.length));
    const scheme = SCHEME.exec(value)![0];
    const kind = this.#kindOf(scheme.toLowerCase());
    return kind === 'unknown' || value[scheme.length] === ' '
      ? this.#of(kind, value.slice(scheme.length + 1))
      : { denial: this.denials.of('token.malformed', 'not one credential after one space') };
  }

  #of(kind: Credential['kind'], value: string): Found {
    const { apiKeyStart } = this.carriers;
    const isToken = kind !== 'api-key' && kind !== 'unknown';
    const isMistaken = isToken && apiKeyStart !== undefined && value.startsWith(apiKeyStart);
    return isMistaken ? this.#apiKeyAsToken : { kind, value };
  }

  #kindOf(scheme: string): Credential['kind'] {
    if (scheme === 'bearer') return 'bearer';
    if (scheme === 'dpop' && this.carriers.dpop === true) return 'dpop';
    return scheme === 'apikey' && this.carriers.apiKeys ? 'api-key' : 'unknown';
  }

  #ofCookie(header: string, name: string): Found | undefined {
    const [value, second] = cookieValues(header, name);
    if (value === undefined) return undefined;
    return second === undefined ? this.#of('cookie', value) : this.#several;
  }
}
