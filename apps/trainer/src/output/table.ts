/** A table, independent of how it is rendered: as text here, as Markdown here, as HTML by the report. */
export interface Table {
  /** Names of the columns after the first, which names the rows. */
  columns: readonly string[];
  rows: readonly { name: string; cells: readonly TableCell[] }[];
}

export interface TableCell {
  text: string;
  /** Printed after the text, less prominent in HTML. */
  note?: string;
  /** The best of its column; highlighted in HTML. */
  isBest?: boolean;
}

/** Lines of text with aligned columns: the first to the left, the others to the right. */
export function textTable(table: Table): string[] {
  return alignColumns(cellsOf(table), ['left']);
}

export function markdownTable(table: Table): string {
  const [head, ...rows] = cellsOf(table);
  const lines = [head!, ['---', ...table.columns.map(() => '---:')], ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** @param sides to which side each column is aligned; columns without an entry are aligned to the right. */
export function alignColumns(rows: readonly (readonly string[])[], sides: readonly ('left' | 'right')[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const pad = (text: string, column: number) =>
    sides[column] === 'left' ? text.padEnd(widths[column]!) : text.padStart(widths[column]!);
  return rows.map((row) => row.map(pad).join('  ').trimEnd());
}

function cellsOf({ columns, rows }: Table): string[][] {
  const textOf = ({ text, note }: TableCell) => (note ? `${text} ${note}` : text);
  return [['', ...columns], ...rows.map(({ name, cells }) => [name, ...cells.map(textOf)])];
}
