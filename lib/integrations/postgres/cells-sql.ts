// Parts of the function of run-sql.ts, in PL/pgSQL: lib/kit/state/gcra.ts in whole microseconds. They work on the variable `entry`.

const REMEMBER = `
      entry.expires_at := GREATEST(entry.tat + (entry.part > 0)::int, entry.blocked_until);`;

/** Sets `excess`: how far the entry is ahead of now, in 1/limit µs. */
const BRING_FORWARD = `
      furthest := (burst * period_us + units - 1) / units;
      IF entry.tat < now_us OR entry.tat > now_us + furthest OR entry.part >= units THEN
        entry.tat := LEAST(GREATEST(entry.tat, now_us), now_us + furthest);
        entry.part := 0;
      END IF;
      entry.blocked_until := LEAST(entry.blocked_until, now_us + GREATEST(block_us, period_us));
      excess := LEAST((entry.tat - now_us) * units + entry.part, burst * period_us);${REMEMBER}`;

/** Puts the entry `excess` ahead of now. */
const ADMIT = `
      allowed := true;
      wait_us := 0;
      entry.tat := now_us + excess / units;
      entry.part := excess % units;
      remaining := (burst * period_us - excess) / period_us;${REMEMBER}`;

/** Counts `cost` units, or denies. */
export const CHARGE_CELLS = `${BRING_FORWARD}
      allowed := false;
      wait_us := 0;
      IF entry.blocked_until <= now_us THEN
        shortfall := excess + cost * period_us - burst * period_us;
        IF shortfall > 0 THEN
          wait_us := (shortfall + units - 1) / units;
          IF block_us > 0 THEN
            entry.blocked_until := now_us + GREATEST(block_us, wait_us);
          END IF;${REMEMBER}
        ELSE
          excess := excess + cost * period_us;${ADMIT}
        END IF;
      END IF;`;

/** Gives units back. */
export const REFUND_CELLS = `${BRING_FORWARD}
      excess := GREATEST(0, excess - cost * period_us);${ADMIT}`;

/** Puts the entry where it was before the charge number `charge`. */
export const RESTORE_CELLS = `
      entry.tat := tats[charge];
      entry.part := parts[charge];${BRING_FORWARD}${ADMIT}`;
