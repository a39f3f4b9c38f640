// Parts of the function of run-sql.ts, in PL/pgSQL: lib/kit/state/gcra.ts in whole microseconds. They work on the variable `entry`.

const REMEMBER = `
      entry.expires_at := GREATEST(entry.tat + (entry.part > 0)::int, entry.blocked_until);`;

/**
 * Sets `excess`: how far the entry is ahead of now, in 1/limit µs. A denial leaves the time as it is, because another rate of the key may
 * have counted it; but no limit of this period gets further ahead than it: then the clock was set back.
 */
const BRING_FORWARD = `
      IF entry.tat >= now_us + period_us THEN
        entry.tat := now_us + period_us;
        entry.part := 0;
      END IF;
      entry.blocked_until := LEAST(entry.blocked_until, now_us + GREATEST(block_us, period_us));
      excess := CASE WHEN entry.tat < now_us THEN 0
        ELSE (entry.tat - now_us) * units + CASE WHEN entry.part < units THEN entry.part ELSE 0 END END;${REMEMBER}`;

const SET_AHEAD = `
      entry.tat := now_us + excess / units;
      entry.part := excess % units;`;

const ADMIT = `
      allowed := true;
      wait_us := 0;
      remaining := GREATEST(0, burst * period_us - excess) / period_us;${REMEMBER}`;

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
          excess := excess + cost * period_us;${SET_AHEAD}${ADMIT}
        END IF;
      END IF;`;

/** Gives units back. */
export const REFUND_CELLS = `${BRING_FORWARD}
      excess := GREATEST(0, excess - cost * period_us);${SET_AHEAD}${ADMIT}`;

/** Puts the entry where it was before the charge number `charge`. */
export const RESTORE_CELLS = `
      entry.tat := tats[charge];
      entry.part := parts[charge];${BRING_FORWARD}${ADMIT}`;
