import type { HttpAdapterHost } from '@nestjs/core';
import { SecurityConfigError } from '../core/config-error.js';
import type { Finding } from '../core/finding.js';
import type { RouteAddress } from '../core/route-declaration.js';

interface ExpressLayer {
  readonly name: string;
  readonly handle: { readonly stack?: unknown; readonly name?: string };
  readonly route?: { readonly path: unknown; readonly methods: Readonly<Record<string, boolean>> };
}

interface FastifyRoute {
  readonly method: string | readonly string[];
  readonly url: string;
}

/** The parts of Nest's adapter that mount layers of its own. */
interface MountingAdapter {
  setNotFoundHandler(...args: unknown[]): unknown;
  setErrorHandler(...args: unknown[]): unknown;
  /** The path as Nest hands it to Express: `/*` becomes `/{*path}`. */
  normalizePath?(path: string): string;
}

interface AdapterInstance {
  readonly router?: { readonly stack: readonly ExpressLayer[] };
  addHook?(name: 'onRoute', hook: (route: FastifyRoute) => void): void;
  printRoutes?(options: { commonPrefix: false }): string;
}

/**
 * Watches for routes that Nest does not know: a router mounted on the Express application, a route added to the Fastify
 * instance. They would answer without passing the guard.
 *
 * @see https://owasp.org/API-Security/editions/2023/en/0xa9-improper-inventory-management/
 */
export class MountedRoutes {
  readonly #seen: RouteAddress[] = [];
  /** How many routes Nest binds under each address. */
  #planned: ReadonlyMap<string, number> | undefined;
  #accepted: ReadonlySet<string> = new Set();
  #express: AdapterInstance | undefined;
  #normalize = (path: string): string => path;
  /** With a global prefix Nest mounts routers of its own, for what is not found and for errors. */
  readonly #ofNest = new WeakSet<ExpressLayer>();

  constructor(host: HttpAdapterHost) {
    host.init$.subscribe(() => {
      const adapter = host.httpAdapter as HttpAdapterHost['httpAdapter'] | null;
      // A microservice and a standalone context have none.
      if (!adapter) return;
      const instance = adapter.getInstance<AdapterInstance>();
      if (adapter.getType() !== 'fastify') {
        this.#express = instance;
        this.#watchNest(adapter);
        return;
      }
      // An instance that was made before the adapter may have routes already, for which no hook runs.
      this.#seen.push(...printedRoutes(instance.printRoutes?.({ commonPrefix: false }) ?? ''));
      instance.addHook!('onRoute', ({ method, url }) => {
        for (const verb of [method].flat()) this.#onRoute({ method: verb, path: url });
      });
    });
  }

  /**
   * Fixes what is planned. Nest binds its routes after this: what is there already is not one of them, also where it has taken the
   * address of one. From here on a new unplanned route of Fastify stops the boot at once.
   */
  plan(addresses: readonly RouteAddress[], accepted: readonly string[]): Finding[] {
    const earlier = this.#seen
      .filter((address) => !isPreflight(address))
      .map(({ method, path }) => finding(`${method} ${path}`));
    const findings = [...earlier, ...this.auditExpress()];
    const planned = new Map<string, number>();
    for (const { method, path } of addresses) {
      const name = `${method} ${this.#normalize(path)}`;
      planned.set(name, (planned.get(name) ?? 0) + 1);
    }
    this.#planned = planned;
    this.#accepted = new Set(accepted);
    return findings;
  }

  /**
   * The unplanned layers of Express, as they stand now: those that are no route of Nest, and those that are too many under the address
   * of one. Nothing on Fastify, which reports its routes one by one and refuses a second one.
   */
  auditExpress(): Finding[] {
    const left = new Map(this.#planned);
    const isOfNest = (name: string): boolean => {
      const count = left.get(name) ?? 0;
      left.set(name, count - 1);
      return count > 0;
    };
    let routers = 0;
    return this.#stack().flatMap((layer) => {
      if (this.#ofNest.has(layer)) return [];
      if (layer.route) {
        const names = namesOf(layer.route);
        return names.filter((name) => !isOfNest(name)).map(finding);
      }
      const mounted =
        layer.handle.stack !== undefined || layer.name === 'mounted_app' || layer.name === 'serveStatic';
      // Express keeps no readable path of what is mounted. The number makes one more of them a finding of its own.
      return mounted ? [finding(`mounted ${layer.name} ${++routers}`)] : [];
    });
  }

  #watchNest(adapter: MountingAdapter): void {
    if (adapter.normalizePath) this.#normalize = (path) => adapter.normalizePath!(path);
    for (const name of ['setNotFoundHandler', 'setErrorHandler'] as const) {
      const original = adapter[name];
      adapter[name] = (...args: unknown[]) => {
        const before = new Set(this.#stack());
        const result = original.apply(adapter, args);
        for (const layer of this.#stack()) if (!before.has(layer)) this.#ofNest.add(layer);
        return result;
      };
    }
  }

  #stack(): readonly ExpressLayer[] {
    return this.#express?.router?.stack ?? [];
  }

  #onRoute(address: RouteAddress): void {
    if (!this.#planned) {
      this.#seen.push(address);
      return;
    }
    const name = `${address.method} ${address.path}`;
    if (this.#isPlanned(address) || this.#accepted.has(name)) return;
    const { message, fix } = finding(name);
    throw new SecurityConfigError('audit.failed', name, message, fix);
  }

  #isPlanned(address: RouteAddress): boolean {
    const { method, path } = address;
    const planned = this.#planned!;
    if (planned.has(`${method} ${path}`) || planned.has(`ALL ${path}`)) return true;
    // Fastify answers HEAD for every GET.
    return (method === 'HEAD' && planned.has(`GET ${path}`)) || isPreflight(address);
  }
}

/** The route that CORS adds to Fastify, which answers nothing else. */
function isPreflight({ method, path }: RouteAddress): boolean {
  return method === 'OPTIONS' && path === '*';
}

function namesOf({ path, methods }: NonNullable<ExpressLayer['route']>): string[] {
  const verbs = Object.keys(methods).map((verb) => (verb === '_all' ? 'ALL' : verb.toUpperCase()));
  // One route of Nest for all methods is one layer with every method.
  return (verbs.length > 20 ? ['ALL'] : verbs).map((verb) => `${verb} ${String(path)}`);
}

const PRINTED = /^((?:[│ ] {3})*)[├└]── (.*?)(?: \(([A-Z, -]+)\)(?: \{.*)?)?$/;

/** The routes in the tree that Fastify prints, its only list of them: a line a step, the steps above it in front. */
function printedRoutes(tree: string): RouteAddress[] {
  const routes: RouteAddress[] = [];
  const steps: string[] = [];
  for (const line of tree.split('\n')) {
    const [, indent, step, methods] = PRINTED.exec(line) ?? [];
    if (indent === undefined || step === undefined) continue;
    steps.splice(indent.length / 4, Infinity, step);
    for (const method of methods?.split(', ') ?? []) routes.push({ method, path: steps.join('') });
  }
  return routes;
}

function finding(where: string): Finding {
  return {
    code: 'surface.unplanned-route',
    where,
    message: 'answers outside Nest, where no guard runs.',
    fix: `make it a controller, or accept it: audit: { baseline: [{ code: 'surface.unplanned-route', where: '${where}', reason: '…' }] }`,
  };
}
