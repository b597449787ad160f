/** A column of a table; numbers stand right, so that their digits line up. */
export interface Column<T> {
  readonly title: string;
  readonly align: "left" | "right";
  readonly text: (row: T) => string;
}

/** Rows as aligned text, with a line below the titles. */
export function formatTable<T>(columns: readonly Column<T>[], rows: readonly T[]): string {
  const cells = rows.map((row) => columns.map(({ text }) => text(row)));
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...cells.map((line) => line[index]?.length ?? 0)),
  );
  const format = (line: readonly string[]): string =>
    line
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        return columns[index]?.align === "right" ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  const titles = format(columns.map(({ title }) => title));
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  return [titles, rule, ...cells.map(format)].map((line) => `${line}\n`).join("");
}

/** `41 ms`, `1.63 s`: three digits, as more would be noise. */
export function formatTime(milliseconds: number): string {
  if (milliseconds < 999.5) return `${milliseconds.toFixed(milliseconds < 99.95 ? 1 : 0)} ms`;
  return `${(milliseconds / 1000).toFixed(2)} s`;
}

/** In units of 10^6 bytes. */
export function formatMegabytes(bytes: number | undefined): string {
  return bytes === undefined ? "-" : (bytes / 1e6).toFixed(0);
}

export function formatRatio(ratio: number): string {
  return `${ratio.toFixed(2)}x`;
}
