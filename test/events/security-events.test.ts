import { describe, expect, it, vi } from 'vitest';
import { REASONS, type DenialReason } from '../../lib/core/reason.js';
import { RequestFacts } from '../../lib/core/request-facts.js';
import type { SecurityEvent } from '../../lib/core/security-event.js';
import { resolveEvents } from '../../lib/kit/events/events.options.js';
import { JsonLines } from '../../lib/kit/events/json-lines.js';
import { eventTypeOf } from '../../lib/kit/events/occurrence.js';
import { safeLine } from '../../lib/kit/events/safe-text.js';
import { SecurityEvents, type SecurityEventListener } from '../../lib/kit/events/security-events.js';

const NOW = Date.parse('2026-11-23T10:00:00.000Z');
const raw = {
  method: 'GET',
  headers: { authorization: 'Bearer hunter2', cookie: 'hunter2' },
  url: '/?token=hunter2',
} as never;
const newFacts = () => new RequestFacts('id-1', '0'.repeat(31) + '1', '203.0.113.7', NOW);

function newLog() {
  const events: SecurityEvent[] = [];
  return { events, log: new SecurityEvents({ write: (event) => events.push(event) }, () => NOW) };
}

const rejecting: unknown = () => Promise.reject(new Error('x'));

describe('SecurityEvents', () => {
  it('says who, when, where, and why', () => {
    const { events, log } = newLog();
    const facts = newFacts();
    facts.principal = { id: 'alice' } as never;
    facts.plan = { route: { id: 'UsersController.list' } } as never;
    log.denied({ reason: 'access.role', note: 'needs support' }, facts, raw);
    expect(events).toEqual([
      {
        time: '2026-11-23T10:00:00.000Z',
        requestId: 'id-1',
        traceId: '00000000000000000000000000000001',
        address: '203.0.113.7',
        method: 'GET',
        route: 'UsersController.list',
        principal: 'alice',
        type: 'access.denied',
        reason: 'access.role',
        status: 403,
        note: 'needs support',
      },
    ]);
    expect(JSON.stringify(events)).not.toContain('hunter2');
  });

  it('reports a request once', () => {
    const { events, log } = newLog();
    const facts = newFacts();
    log.denied({ reason: 'token.expired' }, facts, raw);
    log.denied({ reason: 'route.unknown' }, facts, raw);
    expect(events.map(({ type }) => type)).toEqual(['authentication.failed']);
  });

  it.each([
    ['token.missing', 'authentication.failed'],
    ['access.hidden', 'access.denied'],
    ['app.refused', 'access.denied'],
    ['limit.exceeded', 'limit.exceeded'],
    ['input.invalid', 'input.rejected'],
    ['edge.body-too-deep', 'input.rejected'],
    ['server.error', 'server.failed'],
    ['output.undeclared', 'server.failed'],
    ['edge.path', 'request.refused'],
    ['http.malformed', 'request.refused'],
    ['route.unknown', 'request.refused'],
    ['state.unavailable', 'request.refused'],
  ] as Array<[DenialReason, string]>)('%s is %s', (reason, type) => expect(eventTypeOf(reason)).toBe(type));

  it('every reason has a type', () => {
    for (const reason of Object.keys(REASONS) as DenialReason[])
      expect(eventTypeOf(reason)).toBeTypeOf('string');
  });

  it('names which inputs failed, at most 20, and takes the status of the denial', () => {
    const { events, log } = newLog();
    const errors = Array.from({ length: 50 }, (_, i) => ({ pointer: `/a/${i}`, code: 'isInt', detail: 'd' }));
    log.denied({ reason: 'input.invalid', status: 422, errors }, newFacts(), raw);
    expect(events[0]).toMatchObject({ status: 422 });
    expect((events[0] as unknown as { errors: string[] }).errors).toHaveLength(20);
    expect((events[0] as unknown as { errors: string[] }).errors[3]).toBe('/a/3 isInt');
  });

  it("takes the application's sign-in events, with and without a request", () => {
    const { events, log } = newLog();
    log.record({ type: 'sign-in.succeeded', principal: 'alice' }, newFacts(), raw);
    log.record({ type: 'sign-in.failed' });
    expect(events).toMatchObject([
      { type: 'sign-in.succeeded', principal: 'alice', address: '203.0.113.7' },
      { type: 'sign-in.failed' },
    ]);
  });

  it('listeners hear every event until they leave, and cannot break a request', async () => {
    const { log } = newLog();
    const heard: string[] = [];
    const leave = [
      log.subscribe(() => {
        throw new Error('x');
      }),
      log.subscribe(rejecting as SecurityEventListener),
      log.subscribe(({ type }) => void heard.push(type)),
    ];
    log.record({ type: 'sign-in.failed' });
    leave[2]!();
    leave[2]!();
    log.record({ type: 'sign-in.failed' });
    expect(heard).toEqual(['sign-in.failed']);
    await new Promise(setImmediate);
  });

  it('a sink that throws cannot break a request', () => {
    const log = new SecurityEvents({
      write: () => {
        throw new Error('x');
      },
    });
    const heard = vi.fn();
    log.subscribe(heard);
    log.denied({ reason: 'route.unknown' }, newFacts(), raw);
    expect(heard).toHaveBeenCalledTimes(1);
  });
});

describe('JSON lines', () => {
  const event = { time: 't', type: 'sign-in.failed' } as const;

  it('go out in one write, after the turn', async () => {
    const writes: string[] = [];
    const lines = new JsonLines({ write: (text) => writes.push(text) });
    lines.write(event);
    lines.write(event);
    expect(writes).toEqual([]);
    await new Promise(setImmediate);
    expect(writes).toEqual(['{"time":"t","type":"sign-in.failed"}\n'.repeat(2)]);
  });

  it('are flushed at shutdown', () => {
    const writes: string[] = [];
    const log = new SecurityEvents(new JsonLines({ write: (text) => writes.push(text) }));
    log.record({ type: 'sign-in.failed' });
    log.onApplicationShutdown();
    expect(writes).toHaveLength(1);
  });

  it('are dropped and counted where nobody reads', () => {
    const writes: string[] = [];
    const stream = { writableLength: 9 * 1024 * 1024, write: (text: string) => writes.push(text) };
    const lines = new JsonLines(stream);
    lines.write(event);
    lines.write(event);
    stream.writableLength = 0;
    lines.write(event);
    lines.flush();
    expect(writes.join('').split('\n')[0]).toBe('{"time":"t","type":"events.dropped","count":2}');
  });

  it('hold no line break, control, direction or endless value', () => {
    const hostile = 'a\n{"type":"x"}\r\u0085\u2028\u2029\u001b[31m\u009b\u202e\u200b\u0000';
    const line = safeLine({ ...event, account: hostile, note: 'x'.repeat(5000), error: 'e'.repeat(9000) });
    // oxlint-disable-next-line no-control-regex
    expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e\u200b]/);
    const parsed = JSON.parse(line) as Record<string, string>;
    expect(parsed['account']).toBe(hostile);
    expect(parsed['note']).toHaveLength(257);
    expect(parsed['error']).toHaveLength(4097);
  });
});

describe('events options', () => {
  it('writes JSON lines by default', () => {
    expect(resolveEvents(undefined).sink).toBeInstanceOf(JsonLines);
  });
  it.each([[{ sink: {} }], [{ sink: null }], [{ sinks: 1 }], [5]])('refuses %j', (raw) => {
    expect(() => resolveEvents(raw)).toThrow('events');
  });
});
