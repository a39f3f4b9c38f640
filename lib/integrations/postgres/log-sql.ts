// Parts of the function of run-sql.ts, in PL/pgSQL: lib/kit/state/log.ts in whole microseconds. They work on the variable `entry`.

const REMEMBER = `
      entry.expires_at := GREATEST(entry.times[cardinality(entry.times)] + period_us, entry.blocked_until);`;

/** Drops what is older than a period. What seems to come later, because the clock was set back, happens now. */
const FORGET_OLD = `
      IF entry.times[1] <= now_us - period_us OR entry.times[cardinality(entry.times)] > now_us THEN
        entry.times := ARRAY(
          SELECT LEAST(taken.at, now_us) FROM unnest(entry.times) WITH ORDINALITY AS taken(at, place)
          WHERE taken.at > now_us - period_us ORDER BY taken.place
        );
      END IF;
      entry.blocked_until := LEAST(entry.blocked_until, now_us + GREATEST(block_us, period_us));${REMEMBER}`;

const ADMIT = `
      allowed := true;
      wait_us := 0;
      remaining := GREATEST(0, units - cardinality(entry.times));${REMEMBER}`;

/** Counts `cost` units, or denies. */
export const CHARGE_LOG = `${FORGET_OLD}
      allowed := false;
      wait_us := 0;
      IF entry.blocked_until <= now_us THEN
        shortfall := cardinality(entry.times) + cost - units;
        IF shortfall > 0 THEN
          wait_us := entry.times[shortfall] + period_us - now_us;
          IF block_us > 0 THEN
            entry.blocked_until := now_us + GREATEST(block_us, wait_us);
          END IF;${REMEMBER}
        ELSE
          entry.times := entry.times || array_fill(now_us, ARRAY[cost::int]);${ADMIT}
        END IF;
      END IF;`;

/** Takes the newest units out again: a refund, and the way back of a charge. */
export const REFUND_LOG = `${FORGET_OLD}
      entry.times := trim_array(entry.times, LEAST(cost, cardinality(entry.times))::int);${ADMIT}`;
