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
  it('has limits by address, by user and by API key where it is left out', () => {
    const common = {
      burst: undefined,
      cost: undefined,
      blockDuration: 0,
      algorithm: 'gcra',
      mode: 'enforce',
      onOutage: 'local',
      scope: 'global',
      headers: true,
    };
    expect(resolveThrottling(undefined)).toMatchObject({
      headers: 'draft',
      throttlers: [
        { name: 'address', by: 'address', ttl: 60_000, limit: 1000, ...common },
        { name: 'user', by: 'user', ttl: 60_000, limit: 300, ...common },
        { name: 'key', by: 'key', ttl: 60_000, limit: 300, ...common },
      ],
      door: { limit: 6000, ttl: 60_000 },
      failures: { limit: 100, ttl: 60_000 },
      concurrency: 100,
    });
  });

  it('keeps what is written', () => {
    const by = () => 'tenant';
    const written = {
      name: 'per-tenant',
      by,
      ttl: 1,
      limit: 1_000_000,
      burst: 7,
      blockDuration: 5,
      algorithm: 'gcra',
      cost: () => 3,
      mode: 'report',
      onOutage: 'closed',
      scope: 'route',
      headers: true,
    };
    const off = { headers: false, door: false, failures: false, concurrency: false };
    expect(resolveThrottling({ ...off, throttlers: [written] })).toMatchObject({
      headers: false,
      throttlers: [written],
      door: undefined,
      failures: undefined,
      concurrency: undefined,
    });
    expect(resolveThrottling({ headers: 'legacy' }).headers).toBe('legacy');
  });

  it('closes on an outage what is counted by a log', () => {
    const { throttlers } = resolveThrottling({ throttlers: [{ ...address, algorithm: 'log' }] });
    expect(throttlers[0]).toMatchObject({ onOutage: 'closed' });
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
      ['limit', async () => 5],
      ['burst', 0],
      ['burst', 11],
      ['cost', 2],
      ['cost', async () => 2],
      ['algorithm', 'window'],
      ['mode', 'off'],
      ['onOutage', 'open'],
      ['blockDuration', -1],
      ['scope', 'app'],
      ['headers', 'draft'],
    ].map(([key, value]): [unknown, string] => [
      { throttlers: [{ ...address, [key as string]: value }] },
      `option.invalid throttling.throttlers[0].${key as string}`,
    ]),
    [
      { throttlers: [{ ...address, algorithm: 'log', limit: 101 }] },
      'option.invalid throttling.throttlers[0].limit',
    ],
    [
      { throttlers: [{ ...address, algorithm: 'log', limit: () => 5 }] },
      'option.invalid throttling.throttlers[0].limit',
    ],
    [
      { throttlers: [{ ...address, algorithm: 'log', burst: 2 }] },
      'option.conflict throttling.throttlers[0].burst',
    ],
    [{ door: true }, 'option.invalid throttling.door'],
    [{ door: { limit: 5 } }, 'option.missing throttling.door.ttl'],
    [{ failures: { limit: 0, ttl: 1 } }, 'option.invalid throttling.failures.limit'],
    [{ concurrency: 0 }, 'option.invalid throttling.concurrency'],
    [{ lockout: { user: {} } }, 'option.unknown throttling.lockout.user'],
    [{ lockout: { account: { limit: 101 } } }, 'option.invalid throttling.lockout.account.limit'],
    [
      { lockout: { account: { limit: 5 }, address: { limit: 19 } } },
      'option.conflict throttling.lockout.address',
    ],
    [{ lockout: { secret: 'x'.repeat(31) } }, 'option.invalid throttling.lockout.secret'],
    [{ lockout: { secret: 'x'.repeat(64) } }, 'option.invalid throttling.lockout.secret'],
    [{ lockout: { secret: undefined } }, 'option.missing throttling.lockout.secret'],
    [{ lockout: { secret: undefined, deviceDays: 30 } }, 'option.missing throttling.lockout.secret'],
    [
      { lockout: { deviceDays: 0, secret: 'q7w'.repeat(20) } },
      'option.invalid throttling.lockout.deviceDays',
    ],
    [{ lockout: { deviceDays: 30 } }, 'option.conflict throttling.lockout.deviceDays'],
    [{ lockout: { device: { limit: 3 } } }, 'option.conflict throttling.lockout.device'],
  ])('answers %j with %s', (raw, expected) => {
    expect(refused(raw)).toBe(expected);
  });
});
