import 'reflect-metadata';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { verificationOf } from './harness/keys.js';
import type { ServerCommand, ServerFigures } from './harness/server-process.js';
import type { Algorithm } from './shop/shop.options.js';
import { createApp, type Adapter, type Stack } from './stacks/create-app.js';

/** One server of the bench: told what it is by its argument, asked for its figures over the channel of its parent. */
interface ServerArgument {
  readonly stack: Stack;
  readonly adapter: Adapter;
  readonly algorithm: Algorithm;
  readonly key: string;
  readonly users: number;
  readonly ordersPerUser: number;
  readonly extraRoutes: number;
  readonly extraRoles: number;
}

const { stack, adapter, algorithm, key, users, ordersPerUser, extraRoutes, extraRoles } = JSON.parse(
  process.argv[2]!,
) as ServerArgument;

const began = performance.now();
const app = await createApp(stack, adapter, {
  verification: verificationOf(algorithm, key),
  size: { users, ordersPerUser },
  extraRoutes,
  extraRoles,
});
await app.listen(0, '127.0.0.1');
const server = app.getHttpServer() as Server;
// The connections of the load wait while another server is measured.
server.keepAliveTimeout = 120_000;
const { port } = server.address() as AddressInfo;

process.on('message', (command: ServerCommand) => {
  if (command === 'collect') globalThis.gc!();
  const { user, system } = process.cpuUsage();
  const figures: ServerFigures = { cpu: user + system, heapUsed: process.memoryUsage().heapUsed };
  process.send!(figures);
});
process.on('disconnect', () => process.exit(0));
process.send!({ url: `http://127.0.0.1:${port}`, bootMilliseconds: performance.now() - began });
