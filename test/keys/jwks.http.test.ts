import { Controller, Get, Header } from '@nestjs/common';
import { keyRing, Public, RawResponse } from 'nestjs-gatehouse';
import { afterEach, describe, expect, it } from 'vitest';
import { guardedModule } from '../support/guarded-module.js';
import { ADAPTERS, startApp, type StartedApp } from '../support/start-app.js';

const ring = keyRing({ ephemeral: true });

@Controller('.well-known')
class JwksController {
  @Get('jwks.json')
  @Public('public keys are public')
  @RawResponse('a JWK set of public members alone')
  @Header('Cache-Control', ring.cacheControl)
  jwks() {
    return ring.jwks();
  }
}

describe.each(ADAPTERS)('the public keys of a ring on %s', (adapter) => {
  let app: StartedApp;
  afterEach(() => app.close());

  it('are shown whole, and may be kept for ten minutes', async () => {
    app = await startApp(guardedModule([JwksController]), adapter);
    const response = await fetch(`${app.url}/.well-known/jwks.json`);
    expect(response.headers.get('cache-control')).toBe('public, max-age=600');
    const { keys } = (await response.json()) as { keys: Array<Record<string, unknown>> };
    expect(keys.map((key) => Object.keys(key).toSorted())).toEqual([
      ['alg', 'crv', 'kid', 'kty', 'use', 'x'],
    ]);
    expect(keys).toEqual(ring.jwks().keys);
  });
});
