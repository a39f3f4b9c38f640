import { SQL_STATE } from './sql-state.js';

const MISSING: ReadonlySet<unknown> = new Set(['42883', '42P01', SQL_STATE.otherVersion]);

/** Whether a query failed because the table or the function is not there, or of another version. */
export function needsSetUp(error: unknown): boolean {
  return MISSING.has(codeOf(error));
}

/**
 * The error to reject with where a query failed. It has the driver's code and never its message, nor the error as its cause: either may
 * hold a connection string or what was stored.
 */
export function queryError(error: unknown, sqlOfSetUp: string): Error {
  const code = codeOf(error);
  if (code === SQL_STATE.isolation) {
    return new Error(
      'postgresState counts exactly at READ COMMITTED only, and its pool runs at another isolation level. ' +
        "Give it a pool of its own: new Pool({ …, options: '-c default_transaction_isolation=read\\\\ committed' }).",
    );
  }
  if (code === SQL_STATE.newer) {
    return new Error(
      'postgresState found its table set up by a newer version of nestjs-gatehouse. Update this instance, or name another table: ' +
        "postgresState(pool, { table: 'gatehouse_state_2' }).",
    );
  }
  if (MISSING.has(code)) {
    return new Error(
      `postgresState does not find its table and function in the version that it needs. Run the SQL of ${sqlOfSetUp} in a ` +
        'migration, or leave setUp: false out and let the role of the pool create them.',
    );
  }
  if (code === '42501') {
    return new Error(
      `postgresState lacks a privilege. Run the SQL of ${sqlOfSetUp} in a migration, and grant the role of the pool SELECT, ` +
        'INSERT, UPDATE and DELETE on the table.',
    );
  }
  return new Error(`postgresState got no answer from the database (${code ?? 'no code'}).`);
}

/** `57P01`, `ECONNREFUSED`: a code is a word of its own. Anything else that stands there is not repeated. */
function codeOf(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' && /^[A-Z0-9_]{1,32}$/.test(code) ? code : undefined;
}
