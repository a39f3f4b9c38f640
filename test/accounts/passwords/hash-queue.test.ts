import { describe, expect, it } from 'vitest';
import { HashQueue, lanesOf } from '../../../lib/accounts/passwords/hash-queue.js';
import { PasswordHasher } from '../../../lib/accounts/passwords/password-hasher.js';
import { resolvePasswords } from '../../../lib/accounts/passwords/passwords.options.js';
import { denialOf, installedLibraries } from './support.js';

/** Tasks that end when they are told to. */
function tasks() {
  const running: Array<() => void> = [];
  let most = 0;
  return {
    running,
    most: () => most,
    task: async () => {
      let done = () => {};
      const ended = new Promise<void>((resolve) => {
        done = resolve;
      });
      running.push(done);
      most = Math.max(most, running.length);
      await ended;
      running.splice(running.indexOf(done), 1);
    },
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the queue', () => {
  it('runs as many as it has lanes, lets as many wait as it has places, and refuses the next', async () => {
    const { task, running, most } = tasks();
    const queue = new HashQueue(2, 3);
    const admitted = Array.from({ length: 5 }, () => queue.run(task));
    expect(await denialOf(queue.run(task))).toEqual({
      reason: 'password.busy',
      headers: { 'Retry-After': '5' },
    });
    while (running.length > 0) {
      running[0]!();
      await turn();
    }
    await Promise.all(admitted);
    expect(most()).toBe(2);
  });

  it('admits again when there is room, and loses no lane to a task that fails', async () => {
    const queue = new HashQueue(1, 1);
    for (let i = 0; i < 5; i++) {
      const fails = queue.run(() => Promise.reject(new Error('broken')));
      const waits = queue.run(() => Promise.resolve('done'));
      await expect(fails).rejects.toThrow('broken');
      expect(await waits).toBe('done');
    }
    const throws = queue.run(() => {
      throw new Error('at once');
    });
    await expect(throws).rejects.toThrow('at once');
    expect(await queue.run(() => Promise.resolve('done'))).toBe('done');
  });

  it('keeps a lane that goes from one to the next taken', async () => {
    const { task, running, most } = tasks();
    const queue = new HashQueue(1, 10);
    const admitted = [queue.run(task), queue.run(task)];
    running[0]!();
    await turn();
    admitted.push(queue.run(task));
    while (running.length > 0) {
      running[0]!();
      await turn();
    }
    await Promise.all(admitted);
    expect(most()).toBe(1);
  });

  it('goes in turn', async () => {
    const queue = new HashQueue(1, 10);
    const order: number[] = [];
    await Promise.all(
      [1, 2, 3, 4].map((i) =>
        queue.run(async () => {
          await turn();
          order.push(i);
        }),
      ),
    );
    expect(order).toEqual([1, 2, 3, 4]);
  });

  it('leaves threads of libuv to others', () => {
    expect(lanesOf(undefined, 64)).toBe(2);
    expect(lanesOf('nonsense', 64)).toBe(2);
    expect(lanesOf('16', 64)).toBe(14);
    expect(lanesOf('16', 4)).toBe(4);
    expect(lanesOf(undefined, 1)).toBe(1);
    expect(lanesOf('1', 8)).toBe(1);
  });
});

it('hashing and verifying stand in one queue', async () => {
  let most = 0;
  let running = 0;
  const argon2id = {
    hashRaw: async (...call: Parameters<NonNullable<typeof installedLibraries.argon2id>['hashRaw']>) => {
      most = Math.max(most, ++running);
      const key = await installedLibraries.argon2id!.hashRaw(...call);
      running--;
      return key;
    },
  };
  const hasher = new PasswordHasher(resolvePasswords(), { argon2id }, 400, new HashQueue(2, 6));
  const stored = await hasher.hash('a password of somebody');
  const burst = Array.from({ length: 20 }, (_, i) =>
    i % 2 ? hasher.verify(stored, 'x') : hasher.hash('a password of somebody'),
  );
  const settled = await Promise.allSettled(burst);
  expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(8);
  expect(most).toBe(2);
});
