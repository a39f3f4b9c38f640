/** The error codes that the store's own SQL raises. Of a class that neither the standard nor PostgreSQL uses. */
export const SQL_STATE = {
  /** The function in the database is of another version than the batch. */
  otherVersion: 'NG001',
  /** A set-up found a function that is newer than its own. */
  newer: 'NG002',
  /** The transaction is not READ COMMITTED. */
  isolation: 'NG003',
} as const;
