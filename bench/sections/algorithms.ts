import { newClients, one } from '../harness/clients.js';
import { newIssuer } from '../harness/keys.js';
import { measure, ratioOf, warmUp } from '../harness/measure.js';
import { USERS } from '../harness/server-process.js';
import { median } from '../harness/statistics.js';
import { columns, type Table } from '../report/table.js';
import { ALGORITHMS } from '../shop/shop.options.js';
import { ADAPTERS, type Stack } from '../stacks/create-app.js';
import type { Run } from './run.js';
import { withServers } from './with-servers.js';

/** One order, by algorithm, with one token that is always the same and with more tokens than any cache holds. */
export async function algorithmTable(run: Run): Promise<Table> {
  const rows: Table['rows'][number][] = [];
  // There are many of these: a shorter look at each.
  const pace = { ...run.pace, rounds: Math.ceil(run.pace.rounds / 2) };
  for (const adapter of run.quick ? (['fastify'] as const) : ADAPTERS) {
    for (const algorithm of run.quick ? (['RS256'] as const) : ALGORITHMS) {
      const issuer = newIssuer(algorithm);
      // jsonwebtoken has no EdDSA.
      const stacks: Stack[] = [
        ...(algorithm === 'EdDSA' ? [] : (['hand-best'] as const)),
        'floor',
        'gatehouse',
      ];
      await withServers(
        stacks.map((stack) => ({ stack, adapter, issuer })),
        async (servers) => {
          // More than the thousand that are remembered; making ten thousand takes its time.
          const counts = [1, run.quick ? 2000 : 10_000];
          run.progress(`${adapter}: ${algorithm}`);
          const cells = counts.flatMap((tokens) => {
            const requests = newClients(issuer, tokens, USERS).map(one);
            return servers.map((server) => ({ server, requests, status: 200 }));
          });
          await warmUp(cells, pace);
          const samples = await measure(cells, pace);
          for (const [at, tokens] of counts.entries()) {
            const of = (stack: Stack) => samples.slice(at * stacks.length)[stacks.indexOf(stack)];
            const [best, floor, ours] = [of('hand-best'), of('floor')!, of('gatehouse')!];
            rows.push([
              adapter,
              algorithm,
              tokens,
              best && median(best.map(({ cpu }) => cpu)),
              median(floor.map(({ cpu }) => cpu)),
              median(ours.map(({ cpu }) => cpu)),
              best && ratioOf(best, ours),
              ratioOf(ours, floor),
            ]);
          }
        },
      );
    }
  }
  return {
    id: 'algorithms',
    title: 'Algorithms, one token and many',
    note: 'One order. With 10,000 tokens (2,000 in a quick run) every request brings one that no cache holds. jsonwebtoken has no EdDSA. With one token all requests count against one user, whose hits `@nestjs/throttler` keeps one by one.',
    columns: columns(
      'adapter',
      'algorithm',
      'tokens:0',
      'hand-assembled, best keys, µs:0',
      'floor, µs:0',
      'gatehouse, µs:0',
      'best keys ÷ gatehouse:1',
      'gatehouse ÷ floor:2',
    ),
    rows,
  };
}
