import {
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Browser } from './browser.js';

/** The algorithms that the provider signs with. It calls an Ed25519 key by its new name. */
export type ProviderAlgorithm = 'RS256' | 'ES256' | 'Ed25519';

/** What comes from the token endpoint. */
export interface Tokens {
  readonly access_token: string;
  readonly token_type: string;
  readonly id_token?: string;
  readonly refresh_token?: string;
}

/** The API whose access tokens are JWTs, and the one whose tokens are opaque. */
export const [API, OPAQUE_API] = ['https://api.shop.test', 'https://opaque.shop.test'];

/** The client with which an API asks for introspection. Both parts have characters that must be encoded (RFC 6749 §2.3.1). */
export const API_CLIENT = { clientId: 'the shop:api', clientSecret: 'p%ss: w+rd/&=~-0123456789' };

const OPENID = '/.well-known/openid-configuration';
const MACHINE = { id: 'machine', secret: 'machine-secret-0123456789' };
const WEB = { id: 'web', redirect: 'https://web.shop.test/callback' };

/**
 * An OpenID provider (`oidc-provider`) on the loopback address. It can rotate its keys, be down and hang; what it was asked is counted by path.
 *
 * @example
 * ```ts
 * const provider = await IdentityProvider.start();
 * const { access_token } = await provider.clientCredentials();
 * ```
 */
export class IdentityProvider {
  readonly asked = new Map<string, number>();
  /** It takes requests and answers none. */
  hangs = false;
  url = '';
  #keys: JsonWebKey[] = [];
  #algorithm: ProviderAlgorithm = 'RS256';
  #answer: (request: IncomingMessage, response: ServerResponse) => void = () => undefined;
  #server: Server | undefined;
  #openId = 200;

  /** Starts one. `path` is behind the issuer's host. */
  static async start(algorithm: ProviderAlgorithm = 'RS256', path = ''): Promise<IdentityProvider> {
    const provider = new IdentityProvider();
    await provider.#listen(0);
    provider.url += path;
    await provider.signWith(algorithm);
    return provider;
  }

  /** From now on it signs with a new key. The others stay published. */
  async signWith(algorithm: ProviderAlgorithm): Promise<void> {
    this.#algorithm = algorithm;
    this.#keys.unshift(newJwk(algorithm));
    await this.#configure();
  }

  /** Publishes the newest key alone. */
  async withdrawOldKeys(): Promise<void> {
    this.#keys = this.#keys.slice(0, 1);
    await this.#configure();
  }

  /** Nobody listens on its port. */
  async down(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  /** Listens again on the same port. */
  async up(): Promise<void> {
    await this.#listen(Number(new URL(this.url).port));
  }

  /** Has its metadata at the address of RFC 8414 alone; that of OpenID answers otherwise. */
  serveOAuthMetadata(openIdStatus = 404): void {
    this.#openId = openIdStatus;
  }

  /** A token for a machine; bound to a key, where there is a DPoP proof of it. */
  clientCredentials(resource = API, scope = 'orders:read', proof?: string): Promise<Tokens> {
    return this.#token({ grant_type: 'client_credentials', resource, scope }, MACHINE, proof);
  }

  /** Signs a user in: authorization code with PKCE, step by step as a browser does it. */
  async signIn(login: string, resource = API): Promise<Tokens> {
    const browser = new Browser();
    const verifier = randomBytes(32).toString('base64url');
    const query = new URLSearchParams({
      client_id: WEB.id,
      response_type: 'code',
      redirect_uri: WEB.redirect,
      scope: 'openid offline_access orders:read',
      prompt: 'consent',
      resource,
      state: 'state',
      nonce: 'nonce',
      code_challenge: await challengeOf(verifier),
      code_challenge_method: 'S256',
    });
    let next = await browser.go(`${this.url}/auth?${query.toString()}`);
    for (let steps = 0; !next.startsWith(WEB.redirect); steps++) {
      if (steps > 9) throw new Error(`No way to a code: ${next}`);
      const form = next.includes('/interaction/') ? await browser.form(next) : undefined;
      next = await browser.go(next, form && { ...form, login, password: 'any' });
    }
    const code = new URL(next).searchParams.get('code');
    if (code === null) throw new Error(`No code: ${next}`);
    return this.#token({
      grant_type: 'authorization_code',
      code,
      redirect_uri: WEB.redirect,
      code_verifier: verifier,
      resource,
    });
  }

  /** The next tokens for a refresh token. */
  refresh(refreshToken: string, resource = API): Promise<Tokens> {
    return this.#token({ grant_type: 'refresh_token', refresh_token: refreshToken, resource });
  }

  /** Takes a token back (RFC 7009). */
  async revoke(token: string, client: { id: string; secret?: string } = MACHINE): Promise<void> {
    const response = await this.#post('/token/revocation', { token }, client);
    if (!response.ok) throw new Error(`revocation: ${response.status}`);
  }

  /** How often a path was asked for, behind that of the issuer. */
  count(path: string): number {
    return this.asked.get(`${new URL(this.url).pathname.replace(/\/$/, '')}${path}`) ?? 0;
  }

  async #token(
    body: Record<string, string>,
    client: { id: string; secret?: string } = WEB,
    proof?: string,
  ): Promise<Tokens> {
    const response = await this.#post('/token', body, client, proof === undefined ? {} : { DPoP: proof });
    if (!response.ok) throw new Error(`token: ${response.status} ${await response.text()}`);
    return (await response.json()) as Tokens;
  }

  #post(
    path: string,
    body: Record<string, string>,
    { id, secret }: { id: string; secret?: string },
    more: Record<string, string> = {},
  ) {
    const login: Record<string, string> = secret === undefined ? { client_id: id } : {};
    const headers: Record<string, string> =
      secret === undefined
        ? more
        : { ...more, authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` };
    return fetch(`${this.url}${path}`, {
      method: 'POST',
      body: new URLSearchParams({ ...body, ...login }),
      headers,
    });
  }

  async #listen(port: number): Promise<void> {
    const server = createServer((request, response) => {
      const path = new URL(request.url!, 'http://provider').pathname;
      this.asked.set(path, (this.asked.get(path) ?? 0) + 1);
      if (this.hangs) return;
      if (this.#openId === 200) return this.#answer(request, response);
      const base = new URL(this.url).pathname.replace(/\/$/, '');
      if (path === `${base}${OPENID}`) {
        response.writeHead(this.#openId).end();
        return;
      }
      // The provider has its one document under the name of OpenID.
      if (path === `/.well-known/oauth-authorization-server${base}`) request.url = `${base}${OPENID}`;
      this.#answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    this.#server = server;
    if (port === 0) this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async #configure(): Promise<void> {
    const answer = await providerCallback(this.url, configuration(this.url, this.#keys, this.#algorithm));
    const { pathname } = new URL(this.url);
    this.#answer = (request, response) => {
      // As a framework mounts it: it learns from `originalUrl` that its addresses have the path.
      if (pathname !== '/' && request.url!.startsWith(pathname)) {
        Object.assign(request, { originalUrl: request.url, url: request.url!.slice(pathname.length) });
      }
      answer(request, response);
    };
  }
}

// It warns of Node 20 and of everything that is for development alone.
async function providerCallback(issuer: string, options: Readonly<Record<string, unknown>>) {
  const { info, warn } = console;
  Object.assign(console, { info: () => undefined, warn: () => undefined });
  try {
    const { Provider } = await import('oidc-provider');
    return new Provider(issuer, options).callback();
  } finally {
    Object.assign(console, { info, warn });
  }
}

function configuration(issuer: string, keys: readonly JsonWebKey[], alg: ProviderAlgorithm) {
  const basic = { token_endpoint_auth_method: 'client_secret_basic', redirect_uris: [], response_types: [] };
  return {
    jwks: { keys },
    clients: [
      {
        ...basic,
        client_id: MACHINE.id,
        client_secret: MACHINE.secret,
        grant_types: ['client_credentials'],
        id_token_signed_response_alg: alg,
      },
      {
        ...basic,
        client_id: API_CLIENT.clientId,
        client_secret: API_CLIENT.clientSecret,
        grant_types: [],
        id_token_signed_response_alg: alg,
      },
      {
        client_id: WEB.id,
        token_endpoint_auth_method: 'none',
        redirect_uris: [WEB.redirect],
        grant_types: ['authorization_code', 'refresh_token'],
        id_token_signed_response_alg: alg,
      },
    ],
    cookies: { keys: [issuer] },
    scopes: ['openid', 'offline_access', 'orders:read', 'orders:write'],
    enabledJWA: { idTokenSigningAlgValues: [alg] },
    rotateRefreshToken: true,
    ttl: {
      IdToken: 600,
      RefreshToken: 3600,
      AccessToken: 600,
      ClientCredentials: 600,
      Grant: 3600,
      Session: 3600,
      Interaction: 600,
    },
    features: {
      clientCredentials: { enabled: true },
      revocation: { enabled: true, allowedPolicy: () => true },
      introspection: { enabled: true, allowedPolicy: () => true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => API,
        useGrantedResource: () => true,
        getResourceServerInfo: (_: unknown, resource: string) => ({
          scope: 'orders:read orders:write',
          audience: resource,
          accessTokenFormat: resource === OPAQUE_API ? 'opaque' : 'jwt',
          jwt: { sign: { alg } },
        }),
      },
    },
    // A machine is its own subject (RFC 9068 §2.2). The provider says so in JWTs, and not at introspection.
    extraTokenClaims: (_: unknown, token: { kind: string; clientId: string }) => ({
      roles: ['user'],
      ...(token.kind === 'ClientCredentials' ? { sub: token.clientId } : {}),
    }),
    findAccount: (_: unknown, accountId: string) => ({ accountId, claims: () => ({ sub: accountId }) }),
  };
}

function newJwk(alg: ProviderAlgorithm): JsonWebKey {
  const pair: { privateKey: KeyObject } =
    alg === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : alg === 'ES256'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : generateKeyPairSync('ed25519');
  const { x, n } = createPublicKey(pair.privateKey).export({ format: 'jwk' });
  return { ...pair.privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: (x ?? n)!.slice(-16) };
}

async function challengeOf(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', Buffer.from(verifier));
  return Buffer.from(digest).toString('base64url');
}
