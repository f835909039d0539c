import './data-table.css';
import type { ComponentChildren } from 'preact';
import { ScrollFrame } from './scroll-frame.tsx';

/** A column of {@link DataTable}. */
export interface Column<Row> {
  readonly id: string;
  readonly title: ComponentChildren;
  /** Figures stand right. */
  readonly isNumeric?: boolean;
  readonly cell: (row: Row) => ComponentChildren;
}

/** Rows and columns; a table that is too wide scrolls by itself, and the page does not. For lists of any length there is `VirtualList`. */
export function DataTable<Row>({
  caption,
  columns,
  rows,
  rowKey,
}: {
  /** What the table is about, for those who hear the page. */
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string | number;
}) {
  return (
    <ScrollFrame class="table-frame" label={caption}>
      <table class="data-table">
        <caption class="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ id, title, isNumeric }) => (
              <th key={id} scope="col" class={isNumeric === true ? 'numeric' : undefined}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map(({ id, isNumeric, cell }) => (
                <td key={id} class={isNumeric === true ? 'numeric' : undefined}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollFrame>
  );
}
