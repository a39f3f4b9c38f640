import { afterEach, describe, expect, it } from 'vitest';
import { RequestFacts } from '../../lib/core/request-facts.js';
import type { SecurityOccurrence } from '../../lib/core/security-event.js';
import { eventLoopDelay } from '../../lib/pipeline/edge/event-loop-delay.js';
import { Overload } from '../../lib/pipeline/edge/overload.js';
import { ADAPTERS, boot, send, type Answer, type Running } from './support/app.js';
import { expectProblem } from './support/expect.js';

const FACTS = '/things/facts';

/** Keeps the event loop busy, in blocks of this many milliseconds, until told to stop. */
function keepBusy(block: number): () => void {
  let busy = true;
  const turn = (): void => {
    if (!busy) return;
    const end = performance.now() + block;
    while (performance.now() < end);
    setImmediate(turn);
  };
  setImmediate(turn);
  return () => void (busy = false);
}

describe('the decision to shed load', () => {
  const overload = (limit: number | false = 200) => {
    const events: SecurityOccurrence[] = [];
    let take: ((delay: number) => void) | undefined;
    let stopped = 0;
    const shedder = new Overload(limit, { record: (event) => void events.push(event) }, (reading) => {
      take = reading;
      return () => void stopped++;
    });
    shedder.start();
    const facts = () => new RequestFacts('id', 'trace', '127.0.0.1', 0);
    return {
      events,
      shedder,
      facts,
      stopped: () => stopped,
      reads: take,
      after: (...delays: number[]) => {
        for (const delay of delays) take!(delay);
        return shedder.check(facts())?.reason === 'edge.overloaded';
      },
    };
  };

  it.each([
    [[], false],
    [[201], false],
    [[10_000], false],
    [[201, 201], true],
    [[201, 200], false],
    [[200, 200, 200], false],
    [[201, 0, 201], false],
    [[201, 201, 0], false],
    [[201, 201, 201, 201], true],
    [[201, 201, 0, 201], false],
    [[201, 201, 0, 201, 201], true],
  ])('after readings of %j: %s', (delays, sheds) => {
    expect(overload().after(...delays)).toBe(sheds);
  });

  it('is logged where it begins and where it ends, and not for each request', () => {
    const { after, events } = overload();
    after(0, 300, 301.4, 400);
    after(500);
    after(0, 0);
    after(300, 300);
    after(0);
    expect(events).toEqual([
      { type: 'overload.began', delay: 301 },
      { type: 'overload.ended', refused: 2 },
      { type: 'overload.began', delay: 300 },
      { type: 'overload.ended', refused: 1 },
    ]);
  });

  it('says when to come back, and the refusal is neither counted nor logged', () => {
    const { after, shedder, facts } = overload();
    after(300, 300);
    const request = facts();
    expect(shedder.check(request)).toEqual({ reason: 'edge.overloaded', headers: { 'Retry-After': '5' } });
    expect(request).toMatchObject({ charged: true, reported: true });
  });

  it('ends with the application', () => {
    const { after, shedder, events, stopped } = overload();
    after(300, 300);
    shedder.stop();
    expect(after()).toBe(false);
    expect(stopped()).toBe(1);
    expect(events.at(-1)).toEqual({ type: 'overload.ended', refused: 1 });
  });

  it('takes no readings where it is turned off', () => {
    expect(overload(false).reads).toBeUndefined();
  });
});

describe('the readings of this process', () => {
  it('one long block is one late reading at most; many are late ones', async () => {
    const delays: number[] = [];
    const stop = eventLoopDelay((delay) => delays.push(delay));
    const block = performance.now() + 2500;
    while (performance.now() < block);
    await new Promise((resolve) => setTimeout(resolve, 3200));
    const overAfterOne = delays.map((delay) => delay > 200);
    expect(overAfterOne.length).toBeGreaterThan(1);
    expect(overAfterOne.some((over, i) => over && overAfterOne[i + 1] === true)).toBe(false);
    delays.length = 0;
    const calm = keepBusy(250);
    await new Promise((resolve) => setTimeout(resolve, 4500));
    calm();
    stop();
    expect(delays.filter((delay) => delay > 200).length).toBeGreaterThan(1);
    const taken = delays.length;
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(delays.length).toBe(taken);
  });
});

describe.each(ADAPTERS)('an overloaded server, %s', (name) => {
  let server: Running | undefined;
  afterEach(() => server?.close());

  it('refuses before anything else is done, and takes every request again afterwards', async () => {
    let take!: (delay: number) => void;
    const doorsAndTolls: string[] = [];
    server = await boot(name, {
      edge: { cors: { origins: ['https://app.example.com'] } },
      readings: (reading) => ((take = reading), () => {}),
      door: () => void doorsAndTolls.push('door'),
      charge: () => void doorsAndTolls.push('toll'),
    });
    const { port, events } = server;
    take(300);
    take(300);
    const refused = [
      await send(port, 'GET', FACTS, { origin: 'https://app.example.com' }),
      await send(port, 'GET', '/nope'),
      await send(port, 'GET', '/%zz'),
      await send(port, 'POST', '/things/echo', { 'content-type': 'application/json' }, '{"a":'),
    ];
    for (const answer of refused) {
      expectProblem(answer, 503, 'unavailable');
      expect(answer.headers['retry-after']).toBe('5');
    }
    expect(refused[0]!.headers['access-control-allow-origin']).toBe('https://app.example.com');
    expect(doorsAndTolls).toEqual([]);
    take(0);
    expect((await send(port, 'GET', FACTS)).status).toBe(200);
    expect(events).toMatchObject([
      { type: 'overload.began', delay: 300 },
      { type: 'overload.ended', refused: 4 },
    ]);
  });

  it('a loop that is blocked again and again is noticed, and so is its recovery', async () => {
    server = await boot(name);
    const calm = keepBusy(300);
    const until = async (status: number): Promise<Answer> => {
      const end = Date.now() + 15_000;
      let answer: Answer;
      do answer = await send(server!.port, 'GET', FACTS);
      while (answer.status !== status && Date.now() < end);
      return answer;
    };
    const refused = await until(503);
    calm();
    expectProblem(refused, 503, 'unavailable');
    expect((await until(200)).status).toBe(200);
    expect(server.events.map(({ type }) => type)).toEqual(['overload.began', 'overload.ended']);
  });
});
