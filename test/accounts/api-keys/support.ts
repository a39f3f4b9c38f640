import { crc32 } from 'node:zlib';
import { ApiKeyService } from '../../../lib/accounts/api-keys/api-key.service.js';
import type { ApiKeyStore } from '../../../lib/accounts/api-keys/api-key-store.js';
import {
  resolveApiKeys,
  type ApiKeysOptions,
  type ApiKeysSettings,
} from '../../../lib/accounts/api-keys/api-keys.options.js';
import { memoryApiKeys } from '../../../lib/accounts/api-keys/memory-api-keys.js';
import type { SecurityOccurrence } from '../../../lib/core/security-event.js';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** A text with its right checksum, by the definition: so that not the checksum is what refuses it. */
export function withChecksum(body: string): string {
  let rest = BigInt(crc32(body));
  let text = '';
  while (text.length < 6) {
    text = DIGITS[Number(rest % 62n)]! + text;
    rest /= 62n;
  }
  return body + text;
}

/** A service on a store in memory, with a clock that stands still until it is set. */
export function keyHouse(
  options: Partial<ApiKeysOptions> = {},
  store: ApiKeyStore = memoryApiKeys(),
): {
  readonly store: ApiKeyStore;
  readonly settings: ApiKeysSettings;
  readonly service: ApiKeyService;
  readonly clock: { now: number };
  readonly events: SecurityOccurrence[];
} {
  const clock = { now: 1_790_000_000_000 };
  const events: SecurityOccurrence[] = [];
  const settings = resolveApiKeys({ prefix: 'shop', store, ...options })!;
  const reporter = { record: (event: SecurityOccurrence) => void events.push(event) };
  return {
    store,
    settings,
    service: new ApiKeyService(settings, reporter, () => clock.now),
    clock,
    events,
  };
}

/** Counts how often each method of a store is called. */
export function countedStore(store: ApiKeyStore): { store: ApiKeyStore; calls: Record<string, number> } {
  const calls: Record<string, number> = {};
  const proxy = new Proxy(store, {
    get(target, name: keyof ApiKeyStore) {
      return (...given: unknown[]) => {
        calls[name] = (calls[name] ?? 0) + 1;
        return (target[name] as (...all: unknown[]) => unknown).apply(target, given);
      };
    },
  });
  return { store: proxy, calls };
}
