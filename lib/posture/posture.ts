import type { Control } from '../core/control.js';
import type { RoutePlan } from '../core/route-plan.js';
import { PIPELINE, type Controls } from '../pipeline/pipeline.js';
import type { RoutePlans } from '../pipeline/route-plans.js';

/** One route of the inventory: where it answers, and each control in words. */
export interface PostureRow {
  /** `GET /orders/:id` */
  readonly address: string;
  /** `OrdersController.get` */
  readonly handler: string;
  /** `{ who: 'owner of Order or support', limits: 'user 300/60s', … }` */
  readonly controls: Readonly<Record<string, string>>;
}

/**
 * The inventory of the API as it was booted: every route and what protects it.
 *
 * @see https://owasp.org/API-Security/editions/2023/en/0xa9-improper-inventory-management/
 * @example
 * ```ts
 * console.log(app.get(Posture).table());
 * ```
 */
export class Posture {
  constructor(
    private readonly plans: RoutePlans,
    private readonly controls: Controls,
  ) {}

  /** One row an address, in the order in which Nest registers the routes. */
  rows(): PostureRow[] {
    return this.plans.all().flatMap((plan) => this.rowsOf(plan));
  }

  /** The rows of one route.
   *
   * @internal
   */
  rowsOf({ route, sections }: RoutePlan): PostureRow[] {
    const words: Record<string, string> = {};
    for (const name of PIPELINE) {
      const control = this.controls[name] as Control;
      Object.assign(words, control.describe(sections[name]));
    }
    return route.addresses.map(({ method, path }) => ({
      address: `${method} ${path}`,
      handler: route.id,
      controls: words,
    }));
  }

  /** The inventory as a text table, one line a route. */
  table(): string {
    const rows = this.rows();
    const found = new Set(rows.flatMap(({ controls }) => Object.keys(controls)));
    // The longest column last, so that the others can be read without scrolling.
    const names = [...found]
      .filter((name) => name !== 'limits')
      .concat(found.has('limits') ? ['limits'] : []);
    const lines = [
      ['route', ...names],
      ...rows.map(({ address, controls }) => [address, ...names.map((name) => controls[name] ?? '')]),
    ];
    const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
    const text = lines.map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    );
    return [text[0]!, widths.map((width) => '-'.repeat(width)).join('  '), ...text.slice(1)].join('\n');
  }
}
