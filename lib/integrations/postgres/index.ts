export { postgresState, type PostgresPool, type PostgresStateOptions } from './postgres-state.js';
export { postgresStateSql } from './set-up-sql.js';
