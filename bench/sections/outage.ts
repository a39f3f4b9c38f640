import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Redis } from 'ioredis';
import { Public, Returns, SecurityEvents, SecurityModule } from 'nestjs-gatehouse';
import { redisState } from 'nestjs-gatehouse/redis';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { hasRedis, RedisProcess } from '../harness/redis.js';
import { percentile } from '../harness/statistics.js';
import { columns, verdict, type Table } from '../report/table.js';
import { ADAPTERS, type Adapter } from '../stacks/create-app.js';
import type { Run } from './run.js';

const PORT = 6395;
const EVERY_MS = 10;
const [PEACE_MS, OUTAGE_MS] = [2000, 2000];
const [MOST_ADDED, MOST_RECOVERY] = [60, 1000];

/** Nothing but its limits, which are in Redis. */
@Controller('thing')
class ThingController {
  @Get() @Public('there is nothing to protect but the limits') @Returns(null) get() {}
}

interface Answer {
  readonly at: number;
  readonly took: number;
  readonly status: number;
}

/** What callers notice when Redis is killed, or hangs, under a steady load. */
export async function outageTable(run: Run): Promise<Table> {
  const rows: Table['rows'][number][] = [];
  // One adapter of the two: it is the store that matters here.
  for (const adapter of hasRedis ? ADAPTERS.slice(0, 1) : []) {
    for (const fate of ['SIGKILL', 'SIGSTOP'] as const) {
      run.progress(`outage: ${fate} on ${adapter}`);
      rows.push([adapter, fate, ...(await suffer(adapter, fate))]);
    }
  }
  return {
    id: 'outage',
    title: 'Redis goes away under load',
    note: `Milliseconds that callers wait, at a request each ${EVERY_MS} ms: before, and while Redis is killed (SIGKILL) or hangs (SIGSTOP) for ${OUTAGE_MS / 1000} s; how much was added to the 99th percentile (at most ${MOST_ADDED}); how long after its return the store was in use again (at most ${MOST_RECOVERY}); and how many answers were no 2xx. Needs a redis-server on the PATH.`,
    columns: columns(
      'adapter',
      'signal',
      'p99 before:1',
      'p99 meanwhile:1',
      'added:1',
      'verdict',
      'recovered after:0',
      'verdict on that',
      'not answered 2xx:0',
    ),
    rows,
  };
}

async function suffer(adapter: Adapter, fate: 'SIGKILL' | 'SIGSTOP'): Promise<Array<string | number>> {
  const redis = new RedisProcess(PORT);
  await redis.start();
  const client = new Redis({
    port: PORT,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: () => 200,
  });
  client.on('error', () => {});
  await once(client, 'ready');

  @Module({
    imports: [
      SecurityModule.forRoot({
        authentication: { issuer: 'bench', audience: 'bench', secret: randomBytes(32) },
        throttling: {
          throttlers: [{ name: 'address', by: 'address', ttl: 60_000, limit: 1_000_000 }],
          door: false,
        },
        state: redisState(client),
        events: { sink: { write: () => undefined } },
      }),
    ],
    controllers: [ThingController],
  })
  class AppModule {}
  const http = adapter === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  const app = await NestFactory.create(AppModule, http, { logger: false });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const recovered = new Promise<number>((resolve) => {
    app.get(SecurityEvents).subscribe(({ type }) => {
      if (type === 'state.recovered') resolve(performance.now());
    });
  });

  const answers: Answer[] = [];
  const sent: Array<Promise<unknown>> = [];
  const pace = setInterval(() => sent.push(ask(port, answers)), EVERY_MS);
  await sleep(PEACE_MS);
  const down = performance.now();
  redis.signal(fate);
  await sleep(OUTAGE_MS);
  const up = performance.now();
  if (fate === 'SIGKILL') await redis.start();
  else redis.signal('SIGCONT');
  const back = performance.now();
  const recoveredAt = await recovered;
  clearInterval(pace);
  await Promise.all(sent);
  await app.close();
  client.disconnect();
  redis.signal('SIGKILL');

  const p99 = (from: number, to: number) =>
    percentile(
      // Without the first moments, in which everything is compiled.
      answers.filter(({ at }) => at >= from && at < to).map(({ took }) => took),
      0.99,
    );
  const [before, meanwhile] = [p99(down - PEACE_MS / 2, down), p99(down, up)];
  const added = Math.max(0, meanwhile - before);
  const recovery = Math.max(0, recoveredAt - back);
  const failed = answers.filter(({ status }) => status < 200 || status > 299).length;
  return [
    before,
    meanwhile,
    added,
    verdict(added, MOST_ADDED),
    recovery,
    verdict(recovery, MOST_RECOVERY),
    failed,
  ];
}

async function ask(port: number, answers: Answer[]): Promise<void> {
  const at = performance.now();
  const response = await fetch(`http://127.0.0.1:${port}/thing`);
  await response.arrayBuffer();
  answers.push({ at, took: performance.now() - at, status: response.status });
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
