import { expect } from 'vitest';
import type { DataSource } from 'typeorm';
import { SEEDED_ORDERS, SEEDED_USERS } from '../../sample-app/database/seed-data.js';
import { describeAttacks, type Attack } from './support/describe-attacks.js';
import { bearerOf, type Target } from './support/target.js';
import type { WireAnswer, WireRequest } from './support/wire.js';

const { alice } = SEEDED_USERS;
const ORDER = `/orders/${SEEDED_ORDERS.aliceOpen.id}`;
const ME = `/users/${alice.id}`;
const KIB = 1024;
const LARGEST_ANSWER = 8 * KIB;
/** Milliseconds of CPU for one hostile request, the client's share included. The worst of them cost a plain Nest some thousand. */
const MOST_WORK = 1500;

const FLOOD = 30;
const LIMIT = 12;

/** Succeeds where none of many requests is refused for their number. `Forwarded` headers name ever new addresses. */
function flood(name: string, request: (i: number) => WireRequest): Attack {
  return {
    name: `flood ${name}`,
    mayRun: 'any',
    async run(target) {
      const answers: WireAnswer[] = [];
      for (let i = 0; i < FLOOD; i++) {
        const { headers = [], ...rest } = request(i);
        const from = `198.51.100.${i}`;
        const forged: Array<[string, string]> = [
          ['X-Forwarded-For', from],
          ['X-Real-IP', from],
          ['Forwarded', `for=${from}`],
        ];
        answers.push(await target.wire({ ...rest, headers: [...headers, ...forged] }));
      }
      const refused = answers.filter(({ status }) => status === 429);
      if (target.kind === 'shop') expectLimited(target, answers, refused);
      return { succeeded: refused.length === 0, statuses: answers.map(({ status }) => status) };
    },
  };
}

function expectLimited(
  { executions }: Target,
  answers: readonly WireAnswer[],
  refused: readonly WireAnswer[],
): void {
  // On a slow machine a request or two become free again meanwhile.
  expect(answers.slice(0, LIMIT).map(({ status }) => status)).not.toContain(429);
  expect(refused.length).toBeGreaterThanOrEqual(FLOOD - LIMIT - 4);
  expect(executions.length).toBeLessThanOrEqual(FLOOD - refused.length);
  for (const { headers, text } of refused) {
    expect(headers['content-type']).toBe('application/problem+json');
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(JSON.parse(text)).toMatchObject({ status: 429 });
  }
}

const json = (body: string): WireRequest => ({
  method: 'POST',
  path: '/orders',
  headers: [
    ['Content-Type', 'application/json'],
    ['Authorization', bearerOf('alice')],
  ],
  body,
});

const floods: Attack[] = [
  flood('a public route', () => ({ path: '/health' })),
  flood('routes that there are not', (i) => ({ path: `/nowhere-${i}` })),
  flood('a route for want of a token', () => ({ path: '/me' })),
  flood('a route with forged tokens', (i) => ({
    path: '/me',
    headers: [['Authorization', `Bearer ${'x'.repeat(i + 1)}.x.x`]],
  })),
  flood('the parser with malformed bodies', () => json('{"items":')),
  flood('the parser with deep bodies', () => json('['.repeat(20 * KIB))),
  flood('the router with malformed addresses', (i) => ({ path: `/orders/%zz${i}` })),
  flood('with methods that there are not', () => ({ method: 'TRACE', path: '/health' })),
];

describeAttacks('API4, floods from one address,', floods, { limits: { address: LIMIT }, freshShop: true });

describeAttacks(
  'API4, floods of one user,',
  [
    flood('a route with one account', () => ({
      path: '/me',
      headers: [['Authorization', bearerOf('alice')]],
    })),
  ],
  { limits: { user: LIMIT }, freshShop: true },
);

/** Succeeds where a body is taken, breaks something, costs much work, or is answered at length. */
function burden(name: string, method: string, path: string, body: unknown): Attack {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return {
    name: `${method} ${path.split('/')[1]} with ${name}`,
    async run({ as }) {
      const before = process.cpuUsage();
      const answer = await as.alice.send(method, path, text);
      const { user, system } = process.cpuUsage(before);
      const work = (user + system) / 1000;
      const taken = answer.status < 400 || answer.status >= 500;
      const succeeded = taken || answer.text.length > LARGEST_ANSWER || work > MOST_WORK;
      return {
        succeeded,
        status: answer.status,
        length: answer.text.length,
        work,
        text: answer.text.slice(0, 500),
      };
    },
  };
}

const item = { sku: 'MUG', quantity: 1 };
const many = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const keys = (count: number): object => Object.fromEntries(many(count, (i) => [`k${i}`, 0]));
const deep = (levels: number, open: string, close: string): string =>
  open.repeat(levels) + '1' + close.repeat(levels);

const burdens: Attack[] = [
  burden('more lines than a shop packs', 'POST', '/orders', { items: many(400, () => item) }),
  burden('99 KB of empty lines', 'POST', '/orders', { items: many(33_000, () => ({})) }),
  burden('99 KB of numbers for lines', 'POST', '/orders', { items: many(49_000, () => 1) }),
  burden('lines that are lists of lists', 'POST', '/orders', `{"items":[${'[],'.repeat(30_000)}[]]}`),
  burden('a list that only has a length', 'POST', '/orders', { items: { length: 1_000_000_000 } }),
  burden('50 lines with 100 unknown keys each', 'POST', '/orders', {
    items: many(50, () => ({ ...item, ...keys(100) })),
  }),
  burden('10,000 unknown keys', 'POST', '/orders', { items: [item], ...keys(8000) }),
  burden('lists in lists, 40,000 deep', 'POST', '/orders', `{"items":${deep(40_000, '[', ']')}}`),
  burden('objects in objects, 15,000 deep', 'PATCH', ORDER, `{"note":${deep(15_000, '{"a":', '}')}}`),
  burden('a note of 90 KB', 'PATCH', ORDER, { note: 'x'.repeat(90 * KIB) }),
  burden('10,000 unknown keys', 'PATCH', ORDER, keys(10_000)),
  burden('an unknown key of 90 KB', 'PATCH', ORDER, { ['k'.repeat(90 * KIB)]: 1 }),
  burden(
    '20 unknown keys of 4 KB',
    'PATCH',
    ORDER,
    Object.fromEntries(many(20, (i) => [`${i}${'~'.repeat(4 * KIB)}`, 1])),
  ),
  burden('an address of 90 KB', 'PATCH', ME, {
    email: `${'a'.repeat(45 * KIB)}@${'a-'.repeat(20 * KIB)}.example`,
  }),
  burden('an address of 20,000 dots', 'PATCH', ME, { email: `a@${'a.'.repeat(20_000)}a` }),
  burden('10,000 roles', 'PATCH', ME, { roles: many(10_000, () => 'user') }),
  burden('a name of 90 KB', 'PATCH', ME, { displayName: '\u00e4'.repeat(45 * KIB) }),
  burden('a number of 90,000 digits', 'PATCH', ME, `{"displayName":${'9'.repeat(90_000)}}`),
];

const pages: Attack[] = [
  'limit=100000',
  'limit=101',
  'limit=1e3',
  'limit=0x3e8',
  'limit=150.0',
  'limit=+150',
].map((query) => ({
  name: `fetch everything with ${query}`,
  async run({ as, kind }) {
    const answer = await as.sue.get(`/orders?${query.replace('+', '%2B')}`);
    if (kind === 'shop') {
      expect(answer.status).toBe(400);
      expect(answer.text.length).toBeLessThan(LARGEST_ANSWER);
    }
    return { succeeded: answer.status === 200 && answer.body.items.length > 100, status: answer.status };
  },
}));

const parameters: Attack = {
  name: 'send a thousand query parameters',
  async run({ as }) {
    const query = many(1000, (i) => `a${i}=1`).join('&');
    const { status } = await as.alice.get(`/orders?${query}`);
    return { succeeded: status < 400 || status >= 500, status };
  },
};

/** More orders than one page may hold. */
async function fillTheShop(source: DataSource): Promise<void> {
  const columns = '"id","userId","tenantId","status","total","note","createdAt","internalNote","costPrice"';
  const rows = many(
    150,
    (i) =>
      `('d0000000-0000-4000-8000-${String(i).padStart(12, '0')}','${alice.id}','${alice.tenantId}','open',1,NULL,'2026-01-01 00:00:00.000',NULL,1)`,
  );
  await source.query(`INSERT INTO orders (${columns}) VALUES ${rows.join()}`);
}

describeAttacks('API4, requests that cost much,', [...burdens, ...pages, parameters], {
  arrange: fillTheShop,
});
