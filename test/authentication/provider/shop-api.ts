import { Controller, Get, UseGuards } from '@nestjs/common';
import type { Principal } from '../../../lib/core/principal.js';
import { fromDiscovery } from '../../../lib/kit/keys/key-loaders.js';
import { KEY_TIMING, RemoteKeys } from '../../../lib/kit/keys/remote-keys.js';
import {
  resolveAuthentication,
  type AuthenticationOptions,
} from '../../../lib/pipeline/authentication/authentication.options.js';
import { CurrentUser } from '../../../lib/pipeline/authentication/current-user.decorator.js';
import { JwtAuthGuard } from '../../../lib/pipeline/authentication/jwt-auth.guard.js';
import { API, type IdentityProvider } from '../../support/identity-provider.js';
import { guardedApp, type ADAPTERS, type GuardedApp } from '../guarded-app.js';
import { send } from '../send.js';

@Controller()
export class WhoController {
  /** How often a handler ran. */
  static calls = 0;

  @Get('who')
  @UseGuards(JwtAuthGuard)
  who(@CurrentUser() { id, roles, scopes }: Principal) {
    WhoController.calls++;
    return { id, roles, scopes };
  }
}

/** An API that trusts a provider, and the time by which its keys grow old. */
export interface ShopApi {
  readonly app: GuardedApp;
  readonly keys: RemoteKeys;
  /** Makes the keys older by so many seconds. The tokens stay as old as they are. */
  later(seconds: number): void;
  /** What a request with this token comes to: the id of the caller, or status and reason. */
  ask(token: string): Promise<string>;
}

/** An API whose keys come from the provider's discovery document, with the timing that it has in use and a clock of the test. */
export async function shopApi(
  adapter: (typeof ADAPTERS)[number],
  provider: IdentityProvider,
  changes: Partial<AuthenticationOptions> = {},
): Promise<ShopApi> {
  let offset = 0;
  const keys = new RemoteKeys(
    fromDiscovery(provider.url),
    undefined,
    { failed: () => undefined, ignored: () => undefined },
    KEY_TIMING,
    () => Date.now() + offset,
  );
  const options = { issuer: provider.url, audience: API, ...changes } as AuthenticationOptions;
  const resolved = resolveAuthentication(options);
  const settings = { ...resolved, issuers: [{ ...resolved.issuers[0], keys }] as const };
  const app = await guardedApp(adapter, options, [WhoController], { settings });
  return {
    app,
    keys,
    later: (seconds) => void (offset += seconds * 1000),
    ask: (token) => ask(app.url, token),
  };
}

/** What a request with this token comes to: the id of the caller, or status and reason. A refused one must run no handler. */
export async function ask(url: string, token: string): Promise<string> {
  const before = WhoController.calls;
  const { status, body } = await send(`${url}/who`, `Bearer ${token}`);
  if (status === 200) return (JSON.parse(body) as { id: string }).id;
  if (WhoController.calls !== before) throw new Error(`the handler ran with status ${status}`);
  return `${status} ${body}`;
}
