import { DATABASE_CLOCK, runSql, VERSION } from './run-sql.js';
import { SQL_STATE } from './sql-state.js';
import { tableNames, type TableNames } from './table-names.js';

/** The table where none is named. */
export const DEFAULT_TABLE = 'gatehouse_state';

/**
 * The SQL that makes the table and the function of a {@link postgresState}: one statement, for a migration of teams that forbid DDL at
 * run time (`setUp: false`). It may run again, and from several places at once. Run it again with each new version of this package.
 *
 * It needs PostgreSQL 14, and the role of the application needs SELECT, INSERT, UPDATE and DELETE on the table.
 *
 * @throws {SecurityConfigError} `option.invalid` where the table is no plain lower-case name
 * @example
 * ```ts
 * await queryRunner.query(postgresStateSql());
 * ```
 */
export function postgresStateSql(table: string = DEFAULT_TABLE): string {
  return setUpSql(tableNames(table), DATABASE_CLOCK);
}

/**
 * The set-up with a clock to choose.
 *
 * The table is logged: a revocation or a session that a crash forgets is a door that opens. Nothing but the minute of the expiry is
 * indexed, so that a key in use is updated in place: with an index on the exact expiry each charge would leave a dead entry there.
 */
export function setUpSql(names: TableNames, clock: string): string {
  const { table, run, expiryIndex } = names;
  return `DO $set_up$
DECLARE
  installed int;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'the state store needs READ COMMITTED' USING ERRCODE = '${SQL_STATE.isolation}';
  END IF;
  -- Several instances may start at once, and IF NOT EXISTS alone is no protection.
  PERFORM pg_advisory_xact_lock(hashtextextended('nestjs-gatehouse set-up of ${table}', 0));
  installed := substring(obj_description(to_regprocedure('${run}(jsonb)'), 'pg_proc') FROM 'version ([0-9]+)')::int;
  IF installed > ${VERSION} THEN
    RAISE EXCEPTION 'the function is of the newer version %', installed USING ERRCODE = '${SQL_STATE.newer}';
  END IF;

  CREATE TABLE IF NOT EXISTS ${table} (
    id bytea PRIMARY KEY, -- A hash of the key and of what it holds.
    value text COLLATE "C", -- As a JSON string in ASCII.
    tat bigint, -- The theoretical arrival time is tat + part / limit.
    part bigint,
    times bigint[], -- When each unit of a log was taken, oldest first.
    blocked_until bigint,
    expires_at bigint NOT NULL, -- All times in microseconds since the epoch.
    expiry_minute bigint GENERATED ALWAYS AS (expires_at / 60000000) STORED
  ) WITH (fillfactor = 80);
  CREATE INDEX IF NOT EXISTS ${expiryIndex} ON ${table} (expiry_minute);

  ${runSql(names, clock)};
  COMMENT ON FUNCTION ${run}(jsonb) IS 'State store of nestjs-gatehouse, version ${VERSION}';
END
$set_up$`;
}
