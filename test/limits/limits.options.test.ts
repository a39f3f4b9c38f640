import { describe, expect, it } from 'vitest';
import { SecurityConfigError } from '../../lib/core/config-error.js';
import { resolveThrottling } from '../../lib/pipeline/limits/limits.options.js';

const address = { name: 'address', by: 'address', ttl: 60_000, limit: 10 };
const refused = (raw: unknown) => {
  try {
    resolveThrottling(raw);
  } catch (error) {
    expect(error).toBeInstanceOf(SecurityConfigError);
    return `${(error as SecurityConfigError).code} ${(error as SecurityConfigError).path}`;
  }
  return undefined;
};

describe('the throttling option', () => {
  it('has limits by address and by user where it is left out', () => {
    expect(resolveThrottling(undefined)).toEqual({
      headers: 'draft',
      throttlers: [
        {
          name: 'address',
          by: 'address',
          ttl: 60_000,
          limit: 1000,
          blockDuration: 0,
          scope: 'global',
          headers: true,
        },
        {
          name: 'user',
          by: 'user',
          ttl: 60_000,
          limit: 300,
          blockDuration: 0,
          scope: 'global',
          headers: true,
        },
      ],
    });
  });

  it('keeps what is written', () => {
    const by = () => 'tenant';
    const written = {
      name: 'per-tenant',
      by,
      ttl: 1,
      limit: 1_000_000,
      blockDuration: 5,
      scope: 'route',
      headers: false,
    };
    expect(resolveThrottling({ headers: false, throttlers: [written] })).toEqual({
      headers: false,
      throttlers: [written],
    });
    expect(resolveThrottling({ headers: 'legacy' }).headers).toBe('legacy');
  });

  it.each<[unknown, string]>([
    [null, 'option.invalid throttling'],
    [[], 'option.invalid throttling'],
    [{ throttler: [] }, 'option.unknown throttling.throttler'],
    [{ throttlers: [] }, 'option.invalid throttling.throttlers'],
    [{ throttlers: {} }, 'option.invalid throttling.throttlers'],
    [{ headers: true }, 'option.invalid throttling.headers'],
    [{ throttlers: [address, 5] }, 'option.invalid throttling.throttlers[1]'],
    [{ throttlers: [address, address] }, 'option.conflict throttling.throttlers[1].name'],
    [
      { throttlers: [{ ...address, blockduration: 5 }] },
      'option.unknown throttling.throttlers[0].blockduration',
    ],
    ...['name', 'by', 'ttl', 'limit'].map((key): [unknown, string] => [
      { throttlers: [{ ...address, [key]: undefined }] },
      `option.missing throttling.throttlers[0].${key}`,
    ]),
    ...[
      ['name', 'Address'],
      ['name', '1st'],
      ['name', 'a:b'],
      ['name', ''],
      ['by', 'ip'],
      ['by', async () => 'x'],
      ['ttl', 0],
      ['ttl', 31 * 86_400_000 + 1],
      ['ttl', '60000'],
      ['limit', 0],
      ['limit', 1_000_001],
      ['limit', 1.5],
      ['limit', () => 5],
      ['blockDuration', -1],
      ['scope', 'app'],
      ['headers', 'draft'],
    ].map(([key, value]): [unknown, string] => [
      { throttlers: [{ ...address, [key as string]: value }] },
      `option.invalid throttling.throttlers[0].${key as string}`,
    ]),
  ])('answers %j with %s', (raw, expected) => {
    expect(refused(raw)).toBe(expected);
  });
});
