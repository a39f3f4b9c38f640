import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from './redis-client.js';

// An app checks its store while it boots, when the connection is still being made.
const PATIENCE = 2000;
const STEP = 20;

/** A warning where Redis may evict keys. None where it does not answer in two seconds, or forbids to ask. */
export async function evictionWarnings({ port, evictionPolicies }: Connection): Promise<readonly string[]> {
  if (!evictionPolicies) return [];
  try {
    const until = performance.now() + PATIENCE;
    while (!port.ready()) {
      if (performance.now() > until) return [];
      await sleep(STEP, undefined, { ref: false });
    }
    const replies = await Promise.race([evictionPolicies(), sleep(PATIENCE, [], { ref: false })]);
    const evicting = new Set(replies.map(policyOf).filter((policy) => policy !== 'noeviction'));
    evicting.delete('');
    return [...evicting].map(
      (policy) =>
        `Redis evicts keys when its memory is full (maxmemory-policy is ${policy}), so limits, blocks and claims may get lost. ` +
        'Set maxmemory-policy to noeviction, or give the store a Redis of its own.',
    );
  } catch {
    return [];
  }
}

/** RESP2 answers a list of names and values, RESP3 a map, and clients make an object of either. */
function policyOf(reply: unknown): string {
  const value: unknown = Array.isArray(reply)
    ? reply[1]
    : reply instanceof Map
      ? reply.get('maxmemory-policy')
      : (reply as Record<string, unknown> | null)?.['maxmemory-policy'];
  return typeof value === 'string' && /^[a-z-]+$/.test(value) ? value : '';
}
