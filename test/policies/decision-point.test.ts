import { describe, expect, it } from 'vitest';
import { DecisionPoint, DecisionUnavailable } from 'nestjs-gatehouse';

const kindOf = async (asked: Promise<unknown>) => {
  const error: unknown = await asked.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof DecisionUnavailable ? error.kind : error;
};

describe('a decision point', () => {
  it('hands over the answer', async () => {
    expect(await new DecisionPoint((question: number) => Promise.resolve(question + 1)).ask(1)).toBe(2);
  });

  it('gives up after its deadline, and says so to whoever it has asked', async () => {
    let signal: AbortSignal | undefined;
    const point = new DecisionPoint(
      (_: string, given) => ((signal = given), new Promise<boolean>(() => undefined)),
      { deadline: 5 },
    );
    expect(await kindOf(point.ask('a'))).toBe('late');
    expect(signal!.aborted).toBe(true);
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('connect ECONNREFUSED'))],
    [
      'throws',
      () => {
        throw new TypeError('x');
      },
    ],
  ])('that %s is unavailable', async (_, put) => {
    expect(await kindOf(new DecisionPoint(put).ask('a'))).toBe('failed');
  });

  it('asks no more at once than it may, and takes the next when one is done', async () => {
    const waiting: Array<(answer: boolean) => void> = [];
    const point = new DecisionPoint(() => new Promise<boolean>((resolve) => waiting.push(resolve)), {
      concurrency: 2,
    });
    const first = point.ask(1);
    const second = point.ask(2);
    expect(await kindOf(point.ask(3))).toBe('busy');
    expect(waiting).toHaveLength(2);
    waiting[0]!(true);
    expect(await first).toBe(true);
    const third = point.ask(4);
    expect(waiting).toHaveLength(3);
    waiting.forEach((resolve) => resolve(false));
    expect([await second, await third]).toEqual([false, false]);
  });

  it('what comes too late frees its place, and harms nobody', async () => {
    const late: Array<(error: Error) => void> = [];
    const point = new DecisionPoint(() => new Promise<boolean>((_, reject) => late.push(reject)), {
      concurrency: 1,
      deadline: 5,
    });
    expect(await kindOf(point.ask(1))).toBe('late');
    const again = kindOf(point.ask(2));
    late[0]!(new Error('at last'));
    expect(await again).toBe('late');
  });

  it('remembers nothing', async () => {
    let asked = 0;
    const point = new DecisionPoint(() => Promise.resolve(++asked > 1));
    expect([await point.ask('a'), await point.ask('a')]).toEqual([false, true]);
  });

  it.each([
    [{ deadline: 0 }, 'DecisionPoint.deadline'],
    [{ concurrency: 1.5 }, 'DecisionPoint.concurrency'],
    [{ timeout: 5 }, 'DecisionPoint.timeout'],
  ])('%j does not start', (options, path) => {
    expect(() => new DecisionPoint(() => Promise.resolve(true), options as never)).toThrow(path);
  });

  it('needs a function', () => {
    expect(() => new DecisionPoint('https://pdp' as never)).toThrow('DecisionPoint is a string');
  });
});
