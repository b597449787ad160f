import { html, type Insertion, type Markup } from "./template.ts";
import { readableTime } from "./words.ts";

/** The parts that pages are made of. */

/** A table of which the first cell of a row is its heading; a column whose name starts with `#` holds numbers. */
export function table(caption: string, columns: readonly string[], rows: readonly (readonly Insertion[])[]): Markup {
  if (rows.length === 0) return html`<p class="none">${caption}: none.</p>`;
  const isNumber = columns.map((column) => column.startsWith("#"));
  const headings = columns.map((column, position) =>
    isNumber[position]
      ? html`<th scope="col" class="number">${column.slice(1)}</th>`
      : html`<th scope="col">${column}</th>`,
  );
  const lines = rows.map((cells) => {
    const [first, ...rest] = cells;
    const others = rest.map((cell, position) =>
      isNumber[position + 1] ? html`<td class="number">${cell}</td>` : html`<td>${cell}</td>`,
    );
    return html`<tr><th scope="row">${first}</th>${others}</tr>
`;
  });
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table><caption>${caption}</caption>
<thead><tr>${headings}</tr></thead>
<tbody>${lines}</tbody></table></div>`;
}

/** A list of terms and what they are. */
export function definitions(name: string, rows: readonly (readonly [string, Insertion])[]): Markup {
  return html`<dl class="${name}">${rows.map(
    ([term, value]) => html`<dt>${term}</dt><dd>${value}</dd>
`,
  )}</dl>`;
}

/** A digest, which breaks anywhere. */
export function digest(value: string): Markup {
  return html`<span class="digest">${value}</span>`;
}

/** A time as people read it. @param value RFC 3339 */
export function time(value: string): Markup {
  return html`<time datetime="${value}">${readableTime(value)}</time>`;
}
