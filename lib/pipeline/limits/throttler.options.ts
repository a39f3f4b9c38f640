import { SecurityConfigError } from '../../core/config-error.js';
import {
  checkOptions,
  flag,
  invalidOption,
  oneOf,
  wholeNumber,
  type RawOptions,
} from '../../core/options.js';
import { MAX_LOG_LIMIT } from '../../core/state-store.js';
import { BLOCK_BOUNDS, LIMIT_BOUNDS, PERIOD_BOUNDS } from './limit-bounds.js';
import type { LimitSubject, LimitView, ThrottlerSettings } from './limits.options.js';

const KNOWN = [
  'name',
  'by',
  'ttl',
  'limit',
  'burst',
  'blockDuration',
  'algorithm',
  'cost',
  'mode',
  'onOutage',
  'scope',
  'headers',
];

/**
 * Checks one of `throttling.throttlers`.
 *
 * @throws {SecurityConfigError} `option.missing`, `option.unknown`, `option.invalid`, `option.conflict`
 */
export function resolveThrottler(path: string, raw: unknown): ThrottlerSettings {
  const options = checkOptions(path, raw, KNOWN);
  for (const key of ['name', 'by', 'ttl', 'limit']) {
    if (options[key] === undefined) {
      const example = "{ name: 'address', by: 'address', ttl: 60_000, limit: 1000 }";
      throw new SecurityConfigError('option.missing', `${path}.${key}`, 'is missing', `write ${example}`);
    }
  }
  const algorithm = oneOf(`${path}.algorithm`, options['algorithm'], ['gcra', 'log'] as const, 'gcra');
  const limit = limitOf(path, options['limit'], algorithm);
  const mode = oneOf(`${path}.mode`, options['mode'], ['enforce', 'report'] as const, 'enforce');
  return {
    name: nameOfLimit(`${path}.name`, options['name']),
    by: subject(`${path}.by`, options['by']),
    ttl: wholeNumber(`${path}.ttl`, options['ttl'], { ...PERIOD_BOUNDS, default: 0 }),
    limit,
    burst: burstOf(path, options, limit, algorithm),
    blockDuration: wholeNumber(`${path}.blockDuration`, options['blockDuration'], {
      ...BLOCK_BOUNDS,
      default: 0,
    }),
    algorithm,
    cost: costOf(`${path}.cost`, options['cost']),
    mode,
    onOutage: oneOf(
      `${path}.onOutage`,
      options['onOutage'],
      ['local', 'closed'] as const,
      algorithm === 'log' ? 'closed' : 'local',
    ),
    scope: oneOf(`${path}.scope`, options['scope'], ['global', 'route', 'declared'] as const, 'global'),
    headers: flag(`${path}.headers`, options['headers'], mode === 'enforce'),
  };
}

function nameOfLimit(path: string, name: unknown): string {
  if (typeof name === 'string' && /^[a-z][a-z0-9-]{0,63}$/.test(name)) return name;
  throw invalidOption(path, name, 'write lower case letters, digits and -, a letter first');
}

function limitOf(
  path: string,
  limit: unknown,
  algorithm: ThrottlerSettings['algorithm'],
): ThrottlerSettings['limit'] {
  if (algorithm === 'gcra')
    return isSync(limit) ? limit : wholeNumber(`${path}.limit`, limit, { ...LIMIT_BOUNDS, default: 0 });
  if (typeof limit === 'number' && limit > MAX_LOG_LIMIT) {
    throw new SecurityConfigError(
      'option.invalid',
      `${path}.limit`,
      `is ${limit}, and a log remembers each of them`,
      `write at most ${MAX_LOG_LIMIT}, or leave out algorithm: 'log'`,
    );
  }
  return wholeNumber(`${path}.limit`, limit, { min: 1, max: MAX_LOG_LIMIT, default: 0 });
}

function burstOf(
  path: string,
  { burst }: RawOptions,
  limit: ThrottlerSettings['limit'],
  algorithm: ThrottlerSettings['algorithm'],
): number | undefined {
  if (burst === undefined) return undefined;
  if (algorithm === 'log') {
    throw new SecurityConfigError(
      'option.conflict',
      `${path}.burst`,
      "stands beside algorithm: 'log', which admits exactly `limit` in any window",
      'leave one of them out',
    );
  }
  const max = typeof limit === 'number' ? limit : LIMIT_BOUNDS.max;
  return wholeNumber(`${path}.burst`, burst, { min: 1, max, default: max });
}

function costOf(path: string, cost: unknown): ThrottlerSettings['cost'] {
  if (cost === undefined || isSync(cost)) return cost;
  throw invalidOption(
    path,
    cost,
    'write a function ({ facts, request }) => number that is not async; for a route: @Cost(10)',
  );
}

function subject(path: string, by: unknown): LimitSubject {
  if (by === 'address' || by === 'user' || by === 'key') return by;
  if (isSync<string | undefined>(by)) return by;
  throw invalidOption(
    path,
    by,
    "write 'address', 'user', 'key', or a function ({ facts, request }) => string | undefined that is not async",
  );
}

/** A promise would be one key, or no number, for everybody. */
function isSync<T = number>(value: unknown): value is (view: LimitView) => T {
  return typeof value === 'function' && value.constructor.name !== 'AsyncFunction';
}
