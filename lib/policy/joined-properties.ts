/** How a relation of an entity is joined. */
export interface Join {
  readonly name: string;
  /** The properties of the entity by which it is joined. */
  readonly columns: readonly string[];
  /** Whether naming another related object writes these columns, and not those of the other side. */
  readonly owning: boolean;
}

/**
 * The properties that hold the same as a column or a relation: the columns of the relation, and the relations that write one of these
 * columns. What writes the other side's columns changes the relation and not the column.
 */
export function joinedProperties(property: string, joins: readonly Join[]): readonly string[] {
  const columns = joins.find(({ name }) => name === property)?.columns ?? [property];
  const relations = joins
    .filter((join) => join.owning && join.columns.some((column) => columns.includes(column)))
    .map(({ name }) => name);
  return [...new Set([...columns, ...relations])].filter((name) => name !== property);
}
