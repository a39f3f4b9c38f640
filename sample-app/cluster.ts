import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('main.js', import.meta.url));
const PASSWORD = process.env['SAMPLE_PASSWORD'] || randomBytes(12).toString('base64url');
const PORTS = (process.env['PORTS'] || '3001,3002').split(',');
const REDIS_PORT = process.env['REDIS_PORT'] || '6390';

const children: ChildProcess[] = [];

/** What was shown, and whether it was so. */
interface Shown {
  readonly what: string;
  readonly saw: string;
  readonly holds: boolean;
}

/** The Redis of `REDIS_URL`, or one started for this. */
async function redisUrl(): Promise<string> {
  if (process.env['REDIS_URL']) return process.env['REDIS_URL'];
  const server = spawn('redis-server', ['--bind', '127.0.0.1', '--port', REDIS_PORT, '--save', ''], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(server);
  server.once('error', () => fail('There is no redis-server on the PATH: install one, or set REDIS_URL.'));
  await untilPrinted(server, 'Ready to accept connections');
  return `redis://127.0.0.1:${REDIS_PORT}`;
}

async function startShop(port: string, adapter: string, redis: string): Promise<string> {
  const env = { ...process.env, PORT: port, ADAPTER: adapter, REDIS_URL: redis, SAMPLE_PASSWORD: PASSWORD };
  const shop = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(shop);
  const line = await untilPrinted(shop, 'The shop listens on');
  const url = /http:\S+/.exec(line)![0];
  console.log(`a shop on ${url} (${adapter})`);
  return url;
}

/** The line in which a child says so. What it says afterwards is read and thrown away. */
function untilPrinted(child: ChildProcess, text: string): Promise<string> {
  return new Promise((resolve) => {
    let printed = '';
    child.stdout!.on('data', (chunk) => {
      printed = (printed + String(chunk)).slice(-10_000);
      const line = printed.split('\n').find((each) => each.includes(text));
      if (line !== undefined) resolve(line);
    });
    child.once('exit', () => fail(`A server ended before it said "${text}".`));
  });
}

function fail(message: string): never {
  console.error(message);
  stop();
  process.exit(1);
}

function stop(): void {
  for (const child of children) child.kill('SIGTERM');
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function call(url: string, path: string, headers: Record<string, string> = {}, body?: object) {
  const response = await fetch(url + path, {
    method: body ? 'POST' : 'GET',
    headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  const { accessToken: token = '', refreshToken = '' } = text.includes('accessToken')
    ? (JSON.parse(text) as { accessToken?: string; refreshToken?: string })
    : {};
  return { status: response.status, token, refreshToken, limits: response.headers.get('ratelimit') ?? '' };
}
const login = (url: string, username: string, password: string) =>
  call(url, '/auth/login', {}, { username, password });
const leftOf = (limits: string) => Number(/"user";r=(\d+)/.exec(limits)?.[1]);

async function limitsAreShared(a: string, b: string): Promise<Shown> {
  const { token } = await login(a, 'alice', PASSWORD);
  const left: number[] = [];
  for (const url of [a, b, a, b]) left.push(leftOf((await call(url, '/me', bearer(token))).limits));
  return {
    what: 'one limit: what is left for alice, asked at A, B, A, B',
    saw: left.join(', '),
    // A request may come free again meanwhile.
    holds: left.every((count, i) => i === 0 || (count <= left[i - 1]! && count < left[0]!)),
  };
}

async function lockoutIsShared(a: string, b: string): Promise<Shown> {
  const statuses: number[] = [];
  for (let i = 0; i < 5; i++) statuses.push((await login(i % 2 === 0 ? a : b, 'sue', 'wrong')).status);
  statuses.push((await login(b, 'sue', PASSWORD)).status);
  return {
    what: 'one lockout: five wrong passwords at A and B, then the right one at B',
    saw: statuses.join(', '),
    holds: statuses.join() === '401,401,401,401,401,429',
  };
}

async function revocationIsShared(a: string, b: string): Promise<Shown> {
  const { token } = await login(a, 'bob', PASSWORD);
  const before = await call(b, '/me', bearer(token));
  const logout = await call(b, '/auth/logout', bearer(token), {});
  const after = await call(a, '/me', bearer(token));
  const statuses = [before.status, logout.status, after.status];
  return {
    what: 'one revocation: a token of A at B, logged out at B, then at A',
    saw: statuses.join(', '),
    holds: statuses.join() === '200,204,401',
  };
}

async function sessionIsShared(a: string, b: string): Promise<Shown> {
  const { token, refreshToken } = await login(a, 'bob', PASSWORD);
  const [atA, atB] = await Promise.all([a, b].map((url) => call(url, '/auth/refresh', {}, { refreshToken })));
  const same = atA!.refreshToken !== '' && atA!.refreshToken === atB!.refreshToken;
  const logout = await call(b, '/auth/logout', bearer(token), {});
  const after = await call(a, '/auth/refresh', {}, { refreshToken: atA!.refreshToken });
  const statuses = [atA!.status, atB!.status, logout.status, after.status];
  return {
    what: 'one session: refreshed at A and B at once, logged out at B, then at A',
    saw: `${same ? 'one successor' : 'two successors'}, ${statuses.join(', ')}`,
    holds: same && statuses.join() === '200,200,204,401',
  };
}

process.once('SIGINT', () => {
  stop();
  process.exit(130);
});
const redis = await redisUrl();
console.log(`Redis at ${redis.replace(/\/\/[^@/]*@/, '//…@')}`);
// One after the other: the first makes the key that both sign with.
const a = await startShop(PORTS[0]!, 'express', redis);
const b = await startShop(PORTS[1] ?? '3002', 'fastify', redis);
const shown: Shown[] = [];
for (const show of [limitsAreShared, lockoutIsShared, revocationIsShared, sessionIsShared])
  shown.push(await show(a, b));
for (const { what, saw, holds } of shown) console.log(`${holds ? 'yes' : 'NO '}  ${what}: ${saw}`);
const ended = children.map((child) => once(child.removeAllListeners('exit'), 'exit'));
stop();
await Promise.all(ended);
process.exit(shown.every(({ holds }) => holds) ? 0 : 1);
