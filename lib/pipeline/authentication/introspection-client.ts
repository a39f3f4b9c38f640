import { addressIn, discover } from '../../kit/keys/discovery.js';
import { FetchFailure, fetchJson } from '../../kit/keys/fetch-json.js';

/** With which client this API asks, and where. */
export interface IntrospectionAccess {
  readonly clientId: string;
  readonly clientSecret: string;
  /** `undefined`: the one of the issuer's discovery document. */
  readonly endpoint: string | undefined;
}

/** What an issuer says of a token (RFC 7662 §2.2). */
export type Introspected = Readonly<Record<string, unknown>> & { readonly active: boolean };

const TIMEOUT_MS = 3000;

/**
 * Asks an issuer about tokens. The secret of the client is in no property that can be seen.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7662
 */
export class IntrospectionClient {
  readonly #authorization: string;
  readonly #given: string | undefined;
  #found: Promise<string> | undefined;

  constructor(
    private readonly issuer: string,
    { clientId, clientSecret, endpoint }: IntrospectionAccess,
  ) {
    const credentials = `${formEncoded(clientId)}:${formEncoded(clientSecret)}`;
    this.#authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
    this.#given = endpoint;
  }

  /** Begins to look for the endpoint, where it is not given. */
  prepare(): void {
    if (this.#given === undefined) this.#find().catch(() => undefined);
  }

  /**
   * What the issuer says of a token.
   *
   * @throws {FetchFailure} where it says nothing in three seconds, or no such thing
   */
  async ask(token: string): Promise<Introspected> {
    const endpoint = this.#given ?? (await this.#find());
    const post = {
      authorization: this.#authorization,
      form: { token, token_type_hint: 'access_token' },
    };
    try {
      const answer = await fetchJson(endpoint, AbortSignal.timeout(TIMEOUT_MS), post);
      if (typeof answer['active'] === 'boolean') return answer as Introspected;
      throw new FetchFailure('it did not say whether the token is active');
    } catch (error) {
      // It may have moved; but not where it says that the token is none.
      if (!(error instanceof FetchFailure && error.status === 400)) this.#found = undefined;
      throw error;
    }
  }

  #find(): Promise<string> {
    this.#found ??= this.#discover().catch((error: unknown) => {
      this.#found = undefined;
      throw error;
    });
    return this.#found;
  }

  async #discover(): Promise<string> {
    const metadata = await discover(this.issuer, AbortSignal.timeout(TIMEOUT_MS));
    return addressIn(metadata, 'introspection_endpoint', this.issuer);
  }
}

/** RFC 6749 §2.3.1: as a form has it, before both are joined by a colon. */
function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}
