/** One table of the report. A row is what stands under the columns: words, or numbers with the digits of their column. */
export interface Table {
  readonly id: string;
  readonly title: string;
  /** What is measured, and how to read it. */
  readonly note: string;
  readonly columns: readonly Column[];
  readonly rows: ReadonlyArray<ReadonlyArray<string | number | undefined>>;
}

/** A column, and how many digits its numbers show after the point. */
export interface Column {
  readonly name: string;
  readonly digits?: number;
}

/** Columns from their names: `'CPU µs:1'` shows one digit after the point, a name without a number shows words. */
export function columns(...names: readonly string[]): Column[] {
  return names.map((name) => {
    const [, title, digits] = /^(.*?)(?::(\d))?$/.exec(name)!;
    return { name: title!, ...(digits === undefined ? {} : { digits: Number(digits) }) };
  });
}

/** What a target says of a figure: that it is met, or by how much it is not. */
export function verdict(figure: number, atMost: number): string {
  return figure <= atMost ? 'met' : `missed by ${Math.round((figure / atMost - 1) * 100)} %`;
}

/** The tables as Markdown. */
export function toMarkdown(tables: readonly Table[]): string {
  return tables.map(oneTable).join('\n\n');
}

/** The tables as data: a list of rows for each, by the names of the columns. */
export function toJson(tables: readonly Table[]): Record<string, Array<Record<string, unknown>>> {
  return Object.fromEntries(
    tables.map(({ id, columns: heads, rows }) => [
      id,
      rows.map((row) => Object.fromEntries(heads.map(({ name }, at) => [name, row[at]]))),
    ]),
  );
}

function oneTable({ title, note, columns: heads, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    `### ${title}`,
    '',
    note,
    '',
    line(heads.map(({ name }) => name)),
    line(heads.map(({ digits }) => (digits === undefined ? '---' : '---:'))),
    ...rows.map((row) => line(row.map((cell, at) => shown(cell, heads[at]!)))),
  ].join('\n');
}

function shown(cell: string | number | undefined, { digits = 0 }: Column): string {
  if (cell === undefined) return '';
  if (typeof cell === 'string') return cell;
  return cell.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
