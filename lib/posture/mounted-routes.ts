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

interface AdapterInstance {
  readonly router?: { readonly stack: readonly ExpressLayer[] };
  addHook?(name: 'onRoute', hook: (route: FastifyRoute) => void): void;
}

/**
 * Watches for routes that Nest does not know: a router mounted on the Express application, a route added to the Fastify
 * instance. They would answer without passing the guard.
 *
 * @see https://owasp.org/API-Security/editions/2023/en/0xa9-improper-inventory-management/
 */
export class MountedRoutes {
  readonly #seen: RouteAddress[] = [];
  #planned: ReadonlySet<string> | undefined;
  #accepted: ReadonlySet<string> = new Set();
  #express: AdapterInstance | undefined;

  constructor(host: HttpAdapterHost) {
    host.init$.subscribe(() => {
      const adapter = host.httpAdapter as HttpAdapterHost['httpAdapter'] | null;
      // A microservice and a standalone context have none.
      if (!adapter) return;
      const instance = adapter.getInstance<AdapterInstance>();
      if (adapter.getType() !== 'fastify') {
        this.#express = instance;
        return;
      }
      instance.addHook!('onRoute', ({ method, url }) => {
        for (const verb of [method].flat()) this.#onRoute({ method: verb, path: url });
      });
    });
  }

  /** Fixes what is planned. From here on a new unplanned route of Fastify stops the boot at once. */
  plan(addresses: readonly RouteAddress[], accepted: readonly string[]): Finding[] {
    this.#planned = new Set(addresses.map(({ method, path }) => `${method} ${path}`));
    this.#accepted = new Set(accepted);
    return [
      ...this.#seen
        .filter((address) => !this.#isPlanned(address))
        .map(({ method, path }) => finding(`${method} ${path}`)),
      ...this.auditExpress(),
    ];
  }

  /** The unplanned layers of Express, as they stand now. Nothing on Fastify, which reports its routes one by one. */
  auditExpress(): Finding[] {
    const stack = this.#express?.router?.stack ?? [];
    return stack.flatMap((layer) => {
      if (layer.route) {
        const verbs = Object.keys(layer.route.methods).map((verb) =>
          verb === '_all' ? 'ALL' : verb.toUpperCase(),
        );
        const path = String(layer.route.path);
        // One route of Nest for all methods is one layer with every method.
        const all = verbs.length > 20 ? ['ALL'] : verbs;
        return all
          .filter((method) => !this.#isPlanned({ method, path }))
          .map((method) => finding(`${method} ${path}`));
      }
      const mounted =
        layer.handle.stack !== undefined || layer.name === 'mounted_app' || layer.name === 'serveStatic';
      return mounted ? [finding(`mounted ${layer.name}`)] : [];
    });
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

  #isPlanned({ method, path }: RouteAddress): boolean {
    const planned = this.#planned!;
    if (planned.has(`${method} ${path}`) || planned.has(`ALL ${path}`)) return true;
    // Adapters answer HEAD for every GET; the preflight route of CORS answers nothing else.
    return (method === 'HEAD' && planned.has(`GET ${path}`)) || (method === 'OPTIONS' && path === '*');
  }
}

function finding(where: string): Finding {
  return {
    code: 'surface.unplanned-route',
    where,
    message: 'answers outside Nest, where no guard runs.',
    fix: `make it a controller, or accept it: audit: { baseline: [{ code: 'surface.unplanned-route', where: '${where}', reason: '…' }] }`,
  };
}
