// Measures what a list of 10,000 orders costs on its way out. Its own process, with room for all that is allocated between two readings.
import { instanceToPlain, type ClassTransformOptions } from 'class-transformer';
import { defineResource } from 'nestjs-gatehouse';
import { RequestFacts } from '../lib/core/request-facts.js';
import { SerializerCompiler } from '../lib/pipeline/output/exposure/serializer.js';
import { ResourceRegistry } from '../lib/policy/resource-registry.js';
import { compare, type ComparePace } from './harness/compare.js';
import { median } from './harness/statistics.js';
import { orderRow } from './shop/order-row.js';
import { order, Order } from './stacks/gatehouse/order.entity.js';
import { handOrder } from './stacks/hand/order.entity.js';

/** What one way of writing the list costs. */
export interface ListFigures {
  /** MiB of heap. */
  readonly memory: number;
  /** Milliseconds of CPU. */
  readonly cpu: number;
}

/** By the name of the way. */
export type ExposureFigures = Record<
  'raw' | 'exposed' | 'checked' | 'sent' | 'transformer' | 'transformerSent',
  ListFigures
>;

const ROWS = 10_000;
const READINGS = 5;
const ALICE = {
  id: 'user-0',
  roles: ['user'],
  scopes: [],
  claims: {},
  method: 'jwt',
  authenticatedAt: 0,
} as const;
const GROUPS: ClassTransformOptions = { strategy: 'excludeAll', groups: ['user'] };
const AUDIENCE = { roles: new Set(['user']) };

async function measure(pace: ComparePace): Promise<ExposureFigures> {
  const rows = Array.from({ length: ROWS }, (_, n) => orderRow(0, n));
  const orders = rows.map(order);
  const grouped = rows.map(handOrder);
  const registry = new ResourceRegistry([
    defineResource(Order, {
      id: 'id',
      owner: 'userId',
      load: { create: () => ({ parseId: () => undefined, loadMany: () => [] }) },
      can: (r) => ({ read: r.any(r.owner(), r.role('support')) }),
    }),
  ]);
  const compiler = new SerializerCompiler({ resource: (entity) => registry.of(entity) });
  const unchecked = compiler.compileSerializer([Order], true);
  const checked = compiler.compileSerializer([Order]);
  const facts = new RequestFacts('', '', '', 0);
  const ways: Record<keyof ExposureFigures, () => unknown> = {
    raw: () => JSON.stringify(orders),
    exposed: () => unchecked(orders, ALICE, AUDIENCE, facts),
    checked: () => checked(orders, ALICE, AUDIENCE, facts),
    sent: () => JSON.stringify(checked(orders, ALICE, AUDIENCE, facts)),
    transformer: () => instanceToPlain(grouped, GROUPS),
    transformerSent: () => JSON.stringify(instanceToPlain(grouped, GROUPS)),
  };
  const { of } = await compare(ways, pace);
  const figures = Object.entries(ways).map(([name, way]) => {
    const memory = median(Array.from({ length: READINGS }, () => allocatedBy(way))) / 2 ** 20;
    return [name, { memory, cpu: of(name as keyof ExposureFigures) / 1000 }] as const;
  });
  return Object.fromEntries(figures) as ExposureFigures;
}

/** Bytes of heap that a call allocates, what it keeps and what it throws away. */
function allocatedBy(way: () => unknown): number {
  globalThis.gc!();
  const before = process.memoryUsage().heapUsed;
  const result = way();
  const after = process.memoryUsage().heapUsed;
  // Used, so that nobody leaves it out.
  if (result === undefined) throw new Error('Nothing was written.');
  return after - before;
}

process.stdout.write(JSON.stringify(await measure(JSON.parse(process.argv[2]!) as ComparePace)));
