import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DecisionPoint } from 'nestjs-gatehouse';
import { ROOT } from '../structure/sources.js';
import { blocksOf } from './markdown.js';

// Not the folder of the other snippets: that one is removed while these are in use.
const FOLDER = join(ROOT, 'test/docs/.snippets-of-clients');

interface OpenFga {
  openFga(url: string, store: string, model: string, token?: string): DecisionPoint<object>;
  fgaName(type: string, id: string): string;
  RelatedToOrder: new (point: DecisionPoint<object>) => { decide(context: object): Promise<object> };
}
interface Cerbos {
  cerbos(url: string): DecisionPoint<object>;
  DecidedByCerbos: new (point: DecisionPoint<object>) => { decide(context: object): Promise<object> };
}

let answer: (body: Record<string, any>, request: IncomingMessage) => unknown;
const asked: Array<{ line: string; authorization: string | undefined; body: unknown }> = [];
let server: Server;
let url: string;
let fga: OpenFga;
let pdp: Cerbos;

beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true });
  const load = async (name: string): Promise<unknown> => {
    const { text } = blocksOf('docs/policies.md').find((block) => block.text.startsWith(`// ${name}`))!;
    writeFileSync(join(FOLDER, name), text);
    return import(/* @vite-ignore */ join(FOLDER, name));
  };
  const entity = blocksOf('README.md').find(({ text }) => text.startsWith('// order.entity.ts'))!;
  writeFileSync(join(FOLDER, 'order.entity.ts'), entity.text);
  fga = (await load('openfga.ts')) as OpenFga;
  pdp = (await load('cerbos.ts')) as Cerbos;
  server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      const body = JSON.parse(text) as Record<string, any>;
      const { method, url: path, headers } = request;
      asked.push({ line: `${method} ${path}`, authorization: headers.authorization, body });
      const given = answer(body, request);
      if (given === undefined) return;
      const status = typeof given === 'number' ? given : 200;
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(given));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => void (asked.length = 0));
afterAll(() => {
  rmSync(FOLDER, { recursive: true, force: true });
  server.closeAllConnections();
  server.close();
});

const ALICE = { id: 'alice', roles: ['support'] };
const ORDER = { id: 'o1', userId: 'bob' };
const outcomeOf = async (decided: Promise<object>): Promise<unknown> => {
  const decision = await decided.catch((error: unknown) => (error as { kind: string }).kind);
  return typeof decision === 'string' ? decision : 'code' in decision ? decision.code : 'allowed';
};

/** What a stub of its API answers, and what the policy makes of it. */
type Case = [name: string, given: () => unknown, outcome: string];
const noAnswers = (outcome: string): Case[] => [
  ['500', () => 500, 'failed'],
  ['a list', () => [true], outcome],
  ['a word', () => 'yes', outcome],
];

describe('the OpenFGA client of docs/policies.md', () => {
  const decide = (): Promise<unknown> =>
    outcomeOf(
      new fga.RelatedToOrder(fga.openFga(url, 'S1', 'M1', 'T1')).decide({ object: ORDER, principal: ALICE }),
    );

  it('asks as its API has it', async () => {
    answer = () => ({ allowed: true, resolution: '' });
    expect(await decide()).toBe('allowed');
    expect(asked).toEqual([
      {
        line: 'POST /stores/S1/check',
        authorization: 'Bearer T1',
        body: {
          authorization_model_id: 'M1',
          tuple_key: { user: 'user:alice', relation: 'refunder', object: 'order:o1' },
          consistency: 'HIGHER_CONSISTENCY',
        },
      },
    ]);
  });

  it.each<Case>([
    ['no', () => ({ allowed: false, resolution: '' }), 'not-related'],
    ['nothing', () => ({}), 'not-related'],
    ['a word', () => ({ allowed: 'true' }), 'not-related'],
    ['400', () => 400, 'failed'],
    ...noAnswers('not-related'),
    ['nothing at all', () => undefined, 'late'],
  ])('%s admits nobody', async (_, given, outcome) => {
    answer = given;
    expect(await decide()).toBe(outcome);
  });

  it('no id becomes everybody, or a set', () => {
    expect(['*', 'a#b', 'user:x', 'https://id|7'].map((id) => fga.fgaName('user', id))).toEqual([
      'user:%2A',
      'user:a%23b',
      'user:user%3Ax',
      'user:https%3A%2F%2Fid%7C7',
    ]);
  });
});

describe('the Cerbos client of docs/policies.md', () => {
  const decide = (): Promise<unknown> =>
    outcomeOf(
      new pdp.DecidedByCerbos(pdp.cerbos(url)).decide({
        object: ORDER,
        principal: ALICE,
        roles: new Set(['support', 'user']),
      }),
    );
  const effect =
    (actions: object, resource: object = { id: 'o1', kind: 'order' }) =>
    () => ({
      requestId: '',
      results: [{ resource, actions }],
      cerbosCallId: '01HHENANTHFD5DV3HZGDKB87PJ',
    });

  it('asks as its API has it', async () => {
    answer = effect({ refund: 'EFFECT_ALLOW' });
    expect(await decide()).toBe('allowed');
    expect(asked).toEqual([
      {
        line: 'POST /api/check/resources',
        authorization: undefined,
        body: {
          principal: { id: 'alice', roles: ['support', 'user'] },
          resources: [
            { actions: ['refund'], resource: { kind: 'order', id: 'o1', attr: { userId: 'bob' } } },
          ],
        },
      },
    ]);
  });

  it.each<Case>([
    ['no', effect({ refund: 'EFFECT_DENY' }), 'decided-elsewhere'],
    ['another action', effect({ read: 'EFFECT_ALLOW' }), 'decided-elsewhere'],
    ['another object', effect({ refund: 'EFFECT_ALLOW' }, { id: 'o2', kind: 'order' }), 'failed'],
    ['another kind', effect({ refund: 'EFFECT_ALLOW' }, { id: 'o1', kind: 'user' }), 'failed'],
    ['no result', () => ({ results: [] }), 'failed'],
    ...noAnswers('failed'),
    ['nothing at all', () => undefined, 'late'],
  ])('%s admits nobody', async (_, given, outcome) => {
    answer = given;
    expect(await decide()).toBe(outcome);
  });
});

it('a decision point that is not there admits nobody', async () => {
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.closeAllConnections();
    server.close(resolve);
  });
  const closed = `http://127.0.0.1:${port}`;
  const context = { object: ORDER, principal: ALICE, roles: new Set(['support']) };
  expect(await outcomeOf(new pdp.DecidedByCerbos(pdp.cerbos(closed)).decide(context))).toBe('failed');
  expect(await outcomeOf(new fga.RelatedToOrder(fga.openFga(closed, 'S', 'M')).decide(context))).toBe(
    'failed',
  );
});
