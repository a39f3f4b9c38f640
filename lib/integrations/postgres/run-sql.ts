import { CHARGE_CELLS, REFUND_CELLS, RESTORE_CELLS } from './cells-sql.js';
import { CHARGE_LOG, REFUND_LOG } from './log-sql.js';
import { SQL_STATE } from './sql-state.js';
import type { TableNames } from './table-names.js';

/** What a batch and the function that runs it have to agree on. Raised with every change of either. */
export const VERSION = 2;

/** The clock of the database, in microseconds since the epoch. A `numeric` until it is cast: no floating point. */
export const DATABASE_CLOCK = '(extract(epoch FROM clock_timestamp()) * 1000000)::bigint';

const PURGE_EVERY = 8;

const READ_RATE = `
      cost := (op->>'cost')::bigint;
      units := (op->>'limit')::bigint;
      period_us := (op->>'period')::bigint * 1000;
      burst := (op->>'burst')::bigint;
      block_us := (op->>'block')::bigint * 1000;`;

const ANSWER = `
      IF allowed THEN
        reset_us := GREATEST(0, entry.expires_at - now_us);
      ELSE
        remaining := 0;
        wait_us := GREATEST(wait_us, entry.blocked_until - now_us);
        reset_us := GREATEST(entry.expires_at - now_us, wait_us);
      END IF;
      results[step] := jsonb_build_object(
        'allowed', allowed,
        'remaining', remaining,
        'retryAfter', (wait_us + 999) / 1000,
        'resetAfter', (reset_us + 999) / 1000
      );`;

/**
 * The function that runs a batch, as `CREATE OR REPLACE FUNCTION`. A test puts a clock of its own into it.
 *
 * Rows are locked by advisory locks of their ids, which also lock a row that is not there yet; taken in sorted order, so that no two
 * batches ever wait for each other. Every statement after that sees what was committed before, which holds at READ COMMITTED only:
 * at any other level the function refuses. What was worked out is written at the end, so that a denial that changes nothing writes
 * nothing.
 */
export function runSql({ table, run }: TableNames, clock: string): string {
  return `CREATE OR REPLACE FUNCTION ${run}(batch jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE
  SET enable_seqscan = off -- A plan made while the table was small must not scan it when it is large.
AS $run$
DECLARE
  now_us bigint;
  ids bytea[] := ARRAY(SELECT decode(wanted.one->>'id', 'hex') FROM jsonb_array_elements(batch->'rows') AS wanted(one));
  ops jsonb[] := ARRAY(SELECT asked.one FROM jsonb_array_elements(batch->'ops') AS asked(one));
  entries ${table}[];
  loaded ${table}[];
  entry ${table};
  absent ${table};
  lock_id bigint;
  writes boolean;
  durable boolean := false;
  slot int;
  op jsonb;
  results jsonb[];
  denied boolean := false;
  charged int[] := '{}';
  slots int[] := '{}';
  tats bigint[] := '{}';
  parts bigint[] := '{}';
  step int;
  cost bigint;
  units bigint;
  period_us bigint;
  burst bigint;
  block_us bigint;
  excess bigint;
  shortfall bigint;
  allowed boolean;
  remaining bigint;
  wait_us bigint;
  reset_us bigint;
BEGIN
  IF (batch->>'version')::int IS DISTINCT FROM ${VERSION} THEN
    RAISE EXCEPTION 'this function is of version ${VERSION}' USING ERRCODE = '${SQL_STATE.otherVersion}';
  END IF;
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'the state store needs READ COMMITTED' USING ERRCODE = '${SQL_STATE.isolation}';
  END IF;

  FOR lock_id, writes IN
    SELECT ('x' || left(wanted.one->>'id', 16))::bit(64)::bigint, bool_or((wanted.one->>'write')::boolean)
    FROM jsonb_array_elements(batch->'rows') AS wanted(one) GROUP BY 1 ORDER BY 1
  LOOP
    IF writes THEN
      PERFORM pg_advisory_xact_lock(lock_id);
    ELSE
      PERFORM pg_advisory_xact_lock_shared(lock_id);
    END IF;
  END LOOP;
  now_us := ${clock};

  FOR slot IN 1..cardinality(ids) LOOP
    SELECT held.* INTO entry FROM ${table} AS held WHERE held.id = ids[slot];
    entries[slot] := entry;
  END LOOP;
  loaded := entries;

  FOR step IN 1..cardinality(ops) LOOP
    op := ops[step];
    slot := (op->>'row')::int;
    entry := entries[slot];
    CASE op->>'op'
    WHEN 'read' THEN
      results[step] := CASE WHEN entry.expires_at > now_us THEN to_jsonb(entry.value) END;
    WHEN 'put', 'claim', 'compareAndSet' THEN
      allowed := CASE op->>'op'
        WHEN 'put' THEN true
        WHEN 'claim' THEN (entry.expires_at > now_us) IS NOT TRUE
        ELSE (CASE WHEN entry.expires_at > now_us THEN entry.value END) IS NOT DISTINCT FROM op->>'expected'
      END;
      IF allowed THEN
        entry.value := op->>'value';
        entry.expires_at := now_us + (op->>'ttl')::bigint * 1000;
        entries[slot] := entry;
        durable := true;
      END IF;
      results[step] := CASE WHEN op->>'op' <> 'put' THEN to_jsonb(allowed) END;
    WHEN 'remove' THEN
      FOR slot IN SELECT named.one::int FROM jsonb_array_elements_text(op->'rows') AS named(one) LOOP
        -- What this batch had charged before lives on apart from the key, until it is known whether the batch stands.
        entries := entries || entries[slot];
        slots := array_replace(slots, slot, cardinality(entries));
        entries[slot] := absent;
      END LOOP;
      results[step] := NULL;
      durable := true;
    WHEN 'consume' THEN${READ_RATE}
      IF entry.expires_at IS NULL THEN
        entry.tat := 0;
        entry.part := 0;
        entry.times := '{}';
        entry.blocked_until := 0;
        entry.expires_at := 0;
      END IF;
      tats := tats || entry.tat;
      parts := parts || entry.part;
      charged := charged || step;
      slots := slots || slot;
      IF op->>'algorithm' = 'log' THEN${CHARGE_LOG}
      ELSE${CHARGE_CELLS}
      END IF;
      entries[slot] := entry;${ANSWER}
      denied := denied OR (NOT allowed AND (op->>'enforced')::boolean);
    WHEN 'refund' THEN${READ_RATE}
      IF entry.expires_at IS NOT NULL THEN
        IF op->>'algorithm' = 'log' THEN${REFUND_LOG}
        ELSE${REFUND_CELLS}
        END IF;
        entries[slot] := entry;
      END IF;
      results[step] := NULL;
    END CASE;
  END LOOP;

  IF denied THEN
    -- Last charge first, so that a key that stands twice in the batch ends where it began.
    FOR charge IN REVERSE cardinality(charged)..1 LOOP
      step := charged[charge];
      CONTINUE WHEN NOT (results[step]->>'allowed')::boolean;
      op := ops[step];
      slot := slots[charge];
      entry := entries[slot];${READ_RATE}
      IF op->>'algorithm' = 'log' THEN${REFUND_LOG}
      ELSE${RESTORE_CELLS}
      END IF;
      entries[slot] := entry;${ANSWER}
    END LOOP;
  END IF;

  writes := false;
  FOR slot IN 1..cardinality(ids) LOOP
    entry := entries[slot];
    CONTINUE WHEN entry IS NOT DISTINCT FROM loaded[slot];
    IF entry.expires_at IS NULL THEN
      DELETE FROM ${table} AS held WHERE held.id = ids[slot];
    ELSIF entry.expires_at > now_us OR (loaded[slot]).expires_at IS NOT NULL THEN
      INSERT INTO ${table} AS held (id, value, tat, part, times, blocked_until, expires_at)
      VALUES (ids[slot], entry.value, entry.tat, entry.part, entry.times, entry.blocked_until, entry.expires_at)
      ON CONFLICT (id) DO UPDATE SET value = EXCLUDED.value, tat = EXCLUDED.tat, part = EXCLUDED.part,
        times = EXCLUDED.times, blocked_until = EXCLUDED.blocked_until, expires_at = EXCLUDED.expires_at;
      writes := true;
    END IF;
  END LOOP;

  -- Some of the time, twice as many rows as a batch can add: a flood of keys cannot outgrow it, and no batch has much of it to do.
  IF writes AND random() < 1.0 / ${PURGE_EVERY} THEN
    DELETE FROM ${table} AS held WHERE held.ctid = ANY (ARRAY(
      SELECT expired.ctid FROM ${table} AS expired WHERE expired.expiry_minute < now_us / 60000000 - 1
      ORDER BY expired.expiry_minute LIMIT ${2 * PURGE_EVERY} * cardinality(ids) FOR UPDATE SKIP LOCKED
    ));
  END IF;

  -- A crash may forget the counts of the last moments. That is worth not waiting for the disk; a value always waits.
  IF NOT durable THEN
    PERFORM set_config('synchronous_commit', 'off', true);
  END IF;
  RETURN to_jsonb(results);
END
$run$`;
}
