import { SecurityConfigError } from '../core/config-error.js';
import type { ListFilter } from '../core/listing.js';
import type { FilterForm, ParseListed, SortForm } from './list-values.js';

/** A filter as far as a column is concerned. */
export type ColumnFilter = Pick<ListFilter, 'property' | 'operator'>;

/** What a data source tells of the columns of one class. */
export interface ListSource {
  /** The name of the class or the model. */
  readonly name: string;
  /** What a column of it is called. */
  readonly column: 'column' | 'field';
  /** How the column is filtered by; `undefined` where it is none, or its values have no one form. */
  filter(property: string): FilterForm | undefined;
  /** How rows are in order by it; `undefined` where they would be lost between pages, or repeated. */
  sort(property: string): SortForm | undefined;
  /** What can be filtered by, and sorted by, in words. */
  readonly filterBy: string;
  readonly sortBy: string;
}

/** The columns of one class, for its pages. */
export class ListColumns {
  constructor(private readonly source: ListSource) {}

  /** The name of the class or the model. */
  get name(): string {
    return this.source.name;
  }

  /**
   * How the value of a filter is parsed.
   *
   * @throws {SecurityConfigError} `resource.invalid` where the column cannot be filtered by, or not by this operator
   */
  filter({ property, operator }: ColumnFilter): ParseListed {
    const form = this.source.filter(property);
    if (!form) throw this.#cannot(property, 'filter', this.source.filterBy);
    const { parse, operators } = form;
    if (operators.includes(operator)) return parse;
    throw new SecurityConfigError(
      'resource.invalid',
      `${this.name}.${property}`,
      `is filtered by '${operator}', which a ${this.source.column} of its type has not in every database`,
      `write operator: ${operators.map((known) => `'${known}'`).join(' or ')}, or filter by another ${this.source.column}`,
    );
  }

  /**
   * How rows are in order by a column.
   *
   * @throws {SecurityConfigError} `resource.invalid` where they cannot be, each on exactly one page
   */
  sort(property: string): SortForm {
    const form = this.source.sort(property);
    if (form) return form;
    throw this.#cannot(property, 'sort', this.source.sortBy);
  }

  #cannot(property: string, what: string, fix: string): SecurityConfigError {
    return new SecurityConfigError(
      'resource.invalid',
      `${this.name}.${property}`,
      `is no ${this.source.column} that a list can ${what} by`,
      `${what} by ${fix}`,
    );
  }
}
