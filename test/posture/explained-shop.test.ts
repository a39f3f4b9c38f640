import { type CallHandler, type ExecutionContext, HttpException, type NestInterceptor } from '@nestjs/common';
import { type Principal, type SecurityEvent, SessionService } from 'nestjs-gatehouse';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DenialReason } from '../../lib/core/reason.js';
import type { RoutePlan } from '../../lib/core/route-plan.js';
import type { IdOrigin, IdPlace, ResourceCheck } from '../../lib/pipeline/authorization/resource-check.js';
import { RoutePlans } from '../../lib/pipeline/route-plans.js';
import { ResourceRegistry } from '../../lib/policy/resource-registry.js';
import { EXPLAINER, type Explainer } from '../../lib/posture/explainer.js';
import { createShop } from '../../sample-app/app.module.js';
import { sessionPrincipal } from '../../sample-app/auth/session-principal.js';
import { SEEDED_USERS } from '../../sample-app/database/seed-data.js';
import { arrange } from '../http/shop-routes.js';
import { ApiClient } from '../support/api-client.js';
import { ADAPTERS, startApp, type StartedApp } from '../support/start-app.js';
import { signIn } from '../support/sign-in.js';

const REACHED = 418;
const HOSTILE = ['99999999-9999-4999-8999-999999999999', 'no-id', '-1', '0'];
/** What the guard refuses for before the policies and the body. */
const RULED: ReadonlySet<DenialReason> = new Set<DenialReason>([
  'access.undeclared',
  'access.role',
  'access.scope',
  'access.id',
  'access.missing',
  'access.hidden',
  'access.foreign',
  'access.action',
  'access.loader',
  'access.rule-unavailable',
]);

/** Lets no request into a handler, and remembers who has come that far. Nothing is changed in the shop. */
class Threshold implements NestInterceptor {
  user: Principal | undefined;
  open = false;

  intercept(context: ExecutionContext, next: CallHandler) {
    this.user = context.switchToHttp().getRequest<{ user?: Principal }>().user;
    if (this.open) return next.handle();
    throw new HttpException('reached', REACHED);
  }
}

type Id = string | number | Readonly<Record<string, unknown>>;

describe.each(ADAPTERS)('what is explained of the shop is what a request gets, on %s', (adapter) => {
  const threshold = new Threshold();
  const events: SecurityEvent[] = [];
  const callers: Array<{ client: ApiClient; principal: Principal }> = [];
  const ids = new Map<unknown, readonly Id[]>();
  let shop: StartedApp;
  let plans: readonly RoutePlan[];
  let explainer: Explainer;

  beforeAll(async () => {
    const limits = { address: 1e6, user: 1e6, badTokens: 1e6 };
    shop = await startApp(
      createShop({ limits, events: { write: (event) => events.push(event) } }),
      adapter,
      (app) => app.useGlobalInterceptors(threshold),
    );
    const { app, url } = shop;
    const source = app.get(DataSource);
    await arrange(source);
    for (const user of Object.values(SEEDED_USERS)) {
      const { accessToken } = await signIn(app.get(SessionService), sessionPrincipal(user));
      const client = new ApiClient(url).as(accessToken);
      expect((await client.get('/me')).status).toBe(REACHED);
      callers.push({ client, principal: threshold.user! });
    }
    plans = app.get(RoutePlans, { strict: false }).all();
    explainer = app.get(EXPLAINER, { strict: false });
    for (const { entity, ids: parts } of app.get(ResourceRegistry, { strict: false }).all) {
      const rows = (await source.getRepository(entity).find()) as Array<Record<string, unknown>>;
      const named = rows.map((row) => Object.fromEntries(parts.map((part) => [part, row[part]])));
      const plain = parts.length === 1;
      ids.set(entity, [
        ...named.map((row) => (plain ? (row[parts[0]!] as string) : row)),
        ...(plain ? HOSTILE : []),
      ]);
    }
  });
  afterAll(() => shop?.close());

  it('for every route, user and object: admitted, 403 and 404', async () => {
    const seen = { admitted: 0, 403: 0, 404: 0 } as Record<string, number>;
    for (const { route, sections } of plans) {
      const { checks } = sections.authorization;
      const entities = [...new Set(checks.map(({ entity }) => entity))];
      for (const { method, path } of route.addresses) {
        for (const { client, principal } of callers) {
          for (const objects of choices(entities, ids)) {
            const object = Object.fromEntries(objects.map(([entity, id]) => [entity.name, id]));
            const explained = await explainer.explain(`${method} ${path}`, { principal, object });
            const { url, body, headers } = requestFor(path, checks, new Map(objects));
            events.length = 0;
            const { status } = await client.send(method, url, method === 'GET' ? undefined : body, headers);
            const reason = events.map((event) => (event as { reason?: DenialReason }).reason).find(Boolean);
            const got = reason !== undefined && RULED.has(reason) ? status : 'admitted';
            const what = `${method} ${url} ${JSON.stringify(body)} as ${principal.id}: ${status} ${reason}`;
            expect(explained!.answer, what).toBe(got);
            const refused = explained!.decisions!.find((one) => one.reason !== undefined);
            if (got !== 'admitted' && explained!.caller!.answer === 'admitted')
              expect(refused?.reason, what).toBe(reason);
            expect(explained!.caller!.missing.length > 0, what).toBe(
              explained!.caller!.answer !== 'admitted',
            );
            seen[got] = (seen[got] ?? 0) + 1;
          }
        }
      }
    }
    // Most of what there is to be told, so that the comparison is one.
    expect(Math.min(seen['admitted']!, seen['403']!, seen['404']!), JSON.stringify(seen)).toBeGreaterThan(20);
  }, 120_000);

  it('for every list, user and object: whether it is among the rows', async () => {
    threshold.open = true;
    const seen = { listed: 0, 'not listed': 0 } as Record<string, number>;
    for (const { route, sections } of plans) {
      const [entity] = sections.authorization.lists;
      if (!entity || sections.authorization.checks.length > 0) continue;
      const [{ method, path } = { method: '', path: '' }] = route.addresses;
      const { ids: parts } = shop.app.get(ResourceRegistry, { strict: false }).of(entity)!;
      for (const { client, principal } of callers) {
        const { status, body } = await client.send(method, path);
        for (const id of ids.get(entity)!) {
          const explained = await explainer.explain(`${method} ${path}`, { principal, object: id });
          expect(explained!.answer).toBe(status === 200 ? 'admitted' : status);
          if (status !== 200) continue;
          const rows = (Array.isArray(body) ? body : body.items) as Array<Record<string, unknown>>;
          const named = typeof id === 'object' ? id : { [parts[0]!]: id };
          const there = rows.some((row) => parts.every((part) => String(row[part]) === String(named[part])));
          const what = `${path} as ${principal.id}: ${JSON.stringify(id)}`;
          expect(explained!.decisions!.at(-1)!.answer, what).toBe(there ? 'listed' : 'not listed');
          seen[there ? 'listed' : 'not listed']! += 1;
        }
      }
    }
    threshold.open = false;
    expect(Math.min(...Object.values(seen)), JSON.stringify(seen)).toBeGreaterThan(5);
  }, 60_000);
});

type Entity = ResourceCheck['entity'];

/** Every choice of one object of each class; one, empty, where there is no class. */
function choices(
  entities: readonly Entity[],
  ids: ReadonlyMap<unknown, readonly Id[]>,
): ReadonlyArray<ReadonlyArray<readonly [Entity, Id]>> {
  return entities.reduce<Array<Array<readonly [Entity, Id]>>>(
    (all, entity) => all.flatMap((one) => ids.get(entity)!.map((id) => [...one, [entity, id] as const])),
    [[]],
  );
}

/** A request that names these objects where the checks of its route read them. */
function requestFor(path: string, checks: readonly ResourceCheck[], objects: ReadonlyMap<Entity, Id>) {
  const body: Record<string, unknown> = {};
  const headers: Record<string, string> = {};
  const query = new URLSearchParams();
  let url = path;
  const put = (place: IdPlace, value: unknown, many: boolean) => {
    if ('param' in place) url = url.replace(`:${place.param}`, encodeURIComponent(String(value)));
    else if ('body' in place) body[place.body] = many ? [value] : value;
    else if ('query' in place) query.set(place.query, String(value));
    else headers[place.header] = String(value);
  };
  for (const { entity, from, many } of checks) {
    const id = objects.get(entity)!;
    const parts = typeof id === 'object' ? id : undefined;
    const origin: IdOrigin = from ?? (parts ? { parts: {} } : { param: 'id' });
    if (!('parts' in origin)) put(origin, id, many);
    else
      for (const part of Object.keys(parts!)) put(origin.parts[part] ?? { param: part }, parts![part], many);
  }
  url = url.replaceAll(/:\w+/g, '0');
  return { url: query.size > 0 ? `${url}?${query.toString()}` : url, body, headers };
}
