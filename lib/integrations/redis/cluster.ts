import type { Consume, StateOp, StateResult } from '../../core/state-store.js';
import { consumedOf, redisKey, resultOf } from './batch.js';

/** Runs operations in one trip, and gives the script's replies to them. */
export type Send = (batch: readonly StateOp[]) => Promise<readonly unknown[]>;

/** The operations of a batch on one key, as their places in the batch. */
type Group = readonly number[];

/**
 * Runs a batch on a cluster: the operations of each key in a trip of their own, all at once, because keys lie on different servers.
 * Where an enforced limit denies or a trip fails, what was charged is refunded by a second trip.
 */
export async function runOnCluster(
  batch: readonly StateOp[],
  prefix: string,
  send: Send,
): Promise<readonly StateResult[]> {
  const groups = groupsOf(batch, prefix);
  const trips = await Promise.allSettled(groups.map((group) => runGroup(group, batch, send)));
  const results: StateResult[] = Array.from({ length: batch.length });
  const answered: Group[] = [];
  let failure: PromiseRejectedResult | undefined;
  trips.forEach((trip, i) => {
    const group = groups[i]!;
    if (trip.status === 'rejected') {
      failure ??= trip;
      return;
    }
    group.forEach((index, place) => (results[index] = trip.value[place]));
    answered.push(group);
  });
  const denies = (index: number) => isEnforced(batch[index]!) && !isAllowed(results[index]);
  const denied = answered.some((group) => group.some(denies));
  if (failure || denied) {
    // Where the key itself denied, the script has charged nothing.
    const untouched = answered.filter((group) => !group.some(denies));
    await Promise.all(untouched.map((group) => refund(group, batch, results, send)));
  }
  if (failure) throw failure.reason;
  return results;
}

async function runGroup(group: Group, batch: readonly StateOp[], send: Send): Promise<StateResult[]> {
  const replies = await send(group.map((index) => batch[index]!));
  return group.map((index, place) => resultOf(batch[index]!, replies[place]));
}

function groupsOf(batch: readonly StateOp[], prefix: string): Group[] {
  const groups = new Map<string, number[]>();
  batch.forEach((op, index) => {
    const key = redisKey(prefix, op);
    const group = groups.get(key);
    if (group) group.push(index);
    else groups.set(key, [index]);
  });
  return [...groups.values()];
}

/** Gives back what the operations of one key charged, and corrects their results. Last charge first, as the script does. */
async function refund(
  group: Group,
  batch: readonly StateOp[],
  results: StateResult[],
  send: Send,
): Promise<void> {
  const charged = group
    .filter((index) => batch[index]!.op === 'consume' && isAllowed(results[index]))
    .toReversed();
  if (charged.length === 0) return;
  try {
    const replies = await send(
      charged.map((index) => {
        const { key, rate, cost } = batch[index] as Consume;
        return { op: 'refund', key, rate, cost };
      }),
    );
    charged.forEach((index, place) => (results[index] = whatIsLeft(batch[index] as Consume, replies[place])));
  } catch {
    // The units stay charged, which is what the results say. The denial, or the failure, is the answer all the same.
  }
}

/** A key that is gone by now is whole. */
function whatIsLeft({ rate }: Consume, reply: unknown): StateResult {
  if (reply === null || reply === undefined) {
    return { allowed: true, remaining: rate.burst, retryAfter: 0, resetAfter: 0 };
  }
  return consumedOf(reply);
}

const isEnforced = (op: StateOp): boolean => op.op === 'consume' && op.enforced;

const isAllowed = (result: StateResult): boolean => typeof result === 'object' && result.allowed;
