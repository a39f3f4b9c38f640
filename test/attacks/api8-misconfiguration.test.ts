import { SEEDED_ORDERS, SEEDED_USERS } from '../../sample-app/database/seed-data.js';
import { headerFaults, INTERNALS, problemFaults } from './support/answer-faults.js';
import { describeAttacks, type Attack } from './support/describe-attacks.js';
import { bearerOf } from './support/target.js';
import type { WireRequest } from './support/wire.js';

const { alice } = SEEDED_USERS;
const ORDER = `/orders/${SEEDED_ORDERS.aliceOpen.id}`;
const MISSING = '/orders/99999999-9999-4999-8999-999999999999';
const EVIL = 'https://evil.example';
/** What is typed into every request here; an answer that repeats it can be made to say anything. */
const TYPED = 'typed-by-4ttacker';

const ALICE: readonly [string, string] = ['Authorization', bearerOf('alice')];
const JSON_TYPE: readonly [string, string] = ['Content-Type', 'application/json'];
const send = (method: string, path: string, body?: string): WireRequest => ({
  method,
  path,
  headers: body === undefined ? [ALICE] : [ALICE, JSON_TYPE],
  body,
});

const ERRORS: Readonly<Record<string, WireRequest | Buffer>> = {
  'an unknown route': send('GET', `/${TYPED}`),
  'an unknown method of a route': send('PUT', `/health?${TYPED}`),
  TRACE: { method: 'TRACE', path: '/health', headers: [['X-Secret', TYPED]] },
  'a bad escape in the path': send('GET', `/orders/%E0%A4%A${TYPED}`),
  'a missing order': send('GET', `${MISSING}?${TYPED}`),
  'an id that is none': send('GET', `/orders/${TYPED}`),
  'malformed JSON': send('POST', '/orders', `{"items": ${TYPED}`),
  'a body that is cut off': send('PATCH', ORDER, `{"note":"${TYPED}`),
  'an article that there is not': send('POST', '/orders', `{"items":[{"sku":"${TYPED}","quantity":1}]}`),
  'a body without lines': send('POST', '/orders', `{"lines":"${TYPED}"}`),
  'a note that is an object': send('PATCH', ORDER, `{"note":{"${TYPED}":1}}`),
  'a status of the wrong type': send('PATCH', ORDER, `{"status":["${TYPED}"]}`),
  'a limit that is no number': send('GET', `/orders?limit=${TYPED}`),
  'a cursor that is none': send('GET', `/orders?limit=1&cursor=${TYPED}`),
  'a login that is an object': send('POST', '/auth/login', `{"username":{"${TYPED}":1},"password":"x"}`),
  'a login of an unknown name': send('POST', '/auth/login', `{"username":"${TYPED}","password":""}`),
  'a token that is none': { path: '/me', headers: [['Authorization', `Bearer ${TYPED}.x.x`]] },
  'a body over the limit': send('PATCH', ORDER, `{"note":"${TYPED.repeat(20_000)}"}`),
};

const NO_REQUEST: Readonly<Record<string, Buffer>> = {
  garbage: Buffer.from('\u0016\u0003\u0001\u0002\u0000\u0001\r\n\r\n', 'latin1'),
  'a header without a colon': Buffer.from('GET /health HTTP/1.1\r\nHost: a\r\nrubbish\r\n\r\n'),
  'two lengths': Buffer.from(
    'POST /auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
  ),
  'headers without end': Buffer.from(`GET /health HTTP/1.1\r\nHost: a\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`),
};

const errors: Attack[] = Object.entries(ERRORS).map(([name, request]) => ({
  name: `learn from the answer to ${name}`,
  mayRun: ['OrdersController.list'],
  async run({ kind, wire }) {
    const answer = await wire(request);
    const tells = INTERNALS.exec(answer.text)?.[0];
    const faults = kind === 'shop' ? problemFaults(answer) : [];
    const succeeded = tells !== undefined || answer.text.includes(TYPED) || faults.length > 0;
    return { succeeded, status: answer.status, tells, faults, text: answer.text.slice(0, 300) };
  },
}));

const ANSWERS: Readonly<Record<string, WireRequest | Buffer>> = {
  ...ERRORS,
  ...NO_REQUEST,
  'a list': send('GET', '/orders'),
  'an order': send('GET', ORDER),
  'an order, by HEAD': send('HEAD', ORDER),
  health: { path: '/health' },
  'the public keys': { path: '/.well-known/jwks.json' },
  'a new order': send('POST', '/orders', '{"items":[{"sku":"MUG","quantity":1}]}'),
  'no token': { path: '/me' },
  'a forbidden function': send('DELETE', `/users/${alice.id}`),
  'a preflight': {
    method: 'OPTIONS',
    path: '/orders',
    headers: [
      ['Origin', EVIL],
      ['Access-Control-Request-Method', 'GET'],
    ],
  },
  'a body of another type': {
    ...send('POST', '/orders', '<a/>'),
    headers: [ALICE, ['Content-Type', 'text/xml']],
  },
};

const headers: Attack[] = Object.entries(ANSWERS).map(([name, request]) => ({
  name: `use the missing headers of the answer to ${name}`,
  mayRun: 'any',
  mayStore: true,
  async run({ wire }) {
    const answer = await wire(request);
    const faults = headerFaults(answer);
    return { succeeded: faults.length > 0, faults, raw: answer.raw.slice(0, 600) };
  },
}));

/** Succeeds where a page of another origin may read the answer. */
function readsAcross(name: string, origin: string, request: WireRequest): Attack {
  return {
    name: `read ${name} from a page of ${origin}`,
    mayRun: 'any',
    async run({ wire }) {
      const answer = await wire({ ...request, headers: [...(request.headers ?? []), ['Origin', origin]] });
      const given = Object.keys(answer.headers).filter((header) => header.startsWith('access-control-'));
      return { succeeded: given.length > 0, given, status: answer.status };
    },
  };
}

const preflight = (path: string, method: string): WireRequest => ({
  method: 'OPTIONS',
  path,
  headers: [
    ['Access-Control-Request-Method', method],
    ['Access-Control-Request-Headers', 'authorization'],
  ],
});

const cors: Attack[] = [EVIL, 'null', 'https://shop.example.evil.example', 'http://localhost:3000'].flatMap(
  (origin) => [
    readsAcross('one’s account', origin, send('GET', '/me')),
    readsAcross('an error', origin, send('GET', MISSING)),
    readsAcross('a preflight', origin, preflight(ORDER, 'DELETE')),
  ],
);

const talkative: Attack = {
  name: 'read from the health check what runs',
  mayRun: ['HealthController.health'],
  async run({ nobody }) {
    const { text } = await nobody.get('/health');
    return { succeeded: text.includes(process.version) || /heap|memory|rss/.test(text), text };
  },
};

describeAttacks('API8, security misconfiguration,', [...errors, ...headers, ...cors, talkative], {
  habits: (twin) => twin.enableCors({ origin: true, credentials: true }),
});
