import { invalidOption } from '../../core/options.js';

/** The names of what the store keeps in a database, quoted and ready for SQL. */
export interface TableNames {
  /** With its schema, where one was named. */
  readonly table: string;
  /** The function that runs a batch. In the schema of the table. */
  readonly run: string;
  /** The index by which expired rows are found. Without schema: an index is in that of its table. */
  readonly expiryIndex: string;
}

// Names stand in SQL text, where no parameter can. What is added to them has to fit into the 63 bytes of a name.
const NAME = /^(?:(?<schema>[a-z_][a-z0-9_]{0,62})\.)?(?<table>[a-z_][a-z0-9_]{0,49})$/;

/**
 * Reads the option `state.table`.
 *
 * @throws {SecurityConfigError} `option.invalid` where it is no plain lower-case name
 */
export function tableNames(table: unknown): TableNames {
  const groups = typeof table === 'string' ? NAME.exec(table)?.groups : undefined;
  if (!groups) {
    throw invalidOption(
      'state.table',
      table,
      "write a name of at most 50 of a-z, 0-9 and _, with its schema where it has one: 'gatehouse_state', 'security.state'",
    );
  }
  const prefix = groups['schema'] === undefined ? '' : `"${groups['schema']}".`;
  return {
    table: `${prefix}"${groups['table']}"`,
    run: `${prefix}"${groups['table']}_run"`,
    expiryIndex: `"${groups['table']}_expiry"`,
  };
}
