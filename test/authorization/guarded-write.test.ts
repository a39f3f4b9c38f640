import { describe, expect, it } from 'vitest';
import { guardedWrite, keepGuarded } from '../../lib/core/guarded-write.js';
import { SecurityDenial } from '../../lib/core/security-denial.js';

describe('a guarded write', () => {
  const write = (affected: number) => {
    const condition = {};
    keepGuarded(condition, { count: 2, refusal: () => ({ reason: 'access.changed' }) });
    return guardedWrite(condition, Promise.resolve({ affected }));
  };

  it('has a condition that nobody changes', () => {
    const condition = { id: 1, or: [{ userId: 'alice' }] };
    keepGuarded(condition, { count: 1, refusal: () => ({ reason: 'access.changed' }) });
    expect(() => Object.assign(condition, { id: 2 })).toThrow(TypeError);
    expect(() => condition.or.push({ userId: 'bob' })).toThrow(TypeError);
    expect(() => Object.assign(condition.or[0]!, { userId: 'bob' })).toThrow(TypeError);
  });

  it('of as many rows as were checked is done', async () => {
    await expect(write(2)).resolves.toEqual({ affected: 2 });
  });

  it('of fewer is refused', async () => {
    await expect(write(1)).rejects.toBeInstanceOf(SecurityDenial);
  });

  it('of more was not under the condition: an error, so that a transaction rolls back', async () => {
    await expect(write(3)).rejects.toThrow('more rows than were checked');
  });
});
