import { Controller, Get, HttpCode, Post, UseGuards, type Type } from '@nestjs/common';
import {
  Authenticated,
  CurrentUser,
  JwtAuthGuard,
  Public,
  RequireDpop,
  Returns,
  StepUp,
  type Principal,
  type SecurityOptions,
} from 'nestjs-gatehouse';
import { guardedModule } from '../../support/guarded-module.js';
import { startApp, type AdapterName, type StartedApp } from '../../support/start-app.js';
import { bearer, issuer } from '../../support/tokens.js';
import { send, type Answer } from '../send.js';
import { ProofForge, PUBLIC_URL, type ProofKey } from './proof-forge.js';

/** Which handlers ran. */
export const served: string[] = [];

@Controller()
@Authenticated()
class OrdersController {
  @Get('orders')
  @Returns(String)
  list(@CurrentUser() { id }: Principal) {
    served.push('list');
    return id;
  }

  @Post('orders')
  @HttpCode(200)
  @Returns(String)
  make(@CurrentUser() { id }: Principal) {
    served.push('make');
    return id;
  }

  @Get('payouts')
  @RequireDpop()
  @Returns(String)
  payouts(@CurrentUser() { id }: Principal) {
    served.push('payouts');
    return id;
  }

  @Get('stepped')
  @StepUp({ acr: ['gold', 'silver'], maxAge: 300 })
  @Returns(String)
  stepped(@CurrentUser() { id }: Principal) {
    served.push('stepped');
    return id;
  }

  @Get('probe')
  @Public('a probe')
  @Returns(String)
  probe() {
    served.push('probe');
    return 'up';
  }
}

/** For an application that checks no proofs. */
@Controller()
export class PlainController {
  @Get('plain')
  @Authenticated()
  @Returns(String)
  plain() {
    return 'plain';
  }
}

/** For an application without `SecurityGuard`. */
@Controller()
@UseGuards(JwtAuthGuard)
export class LoneController {
  @Get('orders')
  orders() {
    served.push('alone');
    return 'alone';
  }
}

/** Every limit that a test would run into is off. */
const throttling = {
  throttlers: [{ name: 'address', by: 'address', ttl: 60_000, limit: 1_000_000 }],
  door: false,
  failures: false,
  concurrency: false,
} as const;

/** An application that checks proofs. `reasons` has the reason of each refusal, in order. */
export interface ProofApp extends StartedApp {
  readonly reasons: string[];
}

export async function proofApp(
  adapter: AdapterName,
  authentication: object = { dpop: { publicUrl: PUBLIC_URL } },
  options: Partial<SecurityOptions> = {},
  controllers: Type[] = [OrdersController],
): Promise<ProofApp> {
  const reasons: string[] = [];
  const module = guardedModule(controllers, {
    // An issuer of its own comes with keys of its own.
    authentication: ('issuer' in authentication
      ? authentication
      : { ...issuer.options, ...authentication }) as SecurityOptions['authentication'],
    throttling,
    events: { sink: { write: (event) => void ('reason' in event && reasons.push(event.reason)) } },
    ...options,
  });
  return Object.assign(await startApp(module, adapter), { reasons });
}

/** A token, bound to a key or to none, as it stands behind its scheme. */
export async function tokenOf(subject: string, key?: ProofKey, claims: object = {}): Promise<string> {
  const cnf = key ? { cnf: { jkt: key.thumbprint } } : {};
  return (await bearer(subject, [], { ...cnf, ...claims })).slice('Bearer '.length);
}

/** A GET with a bound token and a proof made for it. */
export function sendProven(
  app: Pick<StartedApp, 'url'>,
  token: string,
  key: ProofKey,
  path = '/orders',
  claims: object = {},
): Promise<Answer> {
  const proof = new ProofForge(key, token, 'GET', PUBLIC_URL + path).claiming(claims);
  return send(app.url + path, `DPoP ${token}`, ['DPoP', proof]);
}
