const START = (name: string): string => `<!-- generated: ${name} -->`;
const END = '<!-- end -->';

const cell = (text: string): string => text.replaceAll('|', String.raw`\|`).replaceAll('\n', ' ');

/** A Markdown table. Line ends and bars inside a cell are escaped. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows.map((row) => row.map(cell))].map((row) => `| ${row.join(' | ')} |`).join('\n');

/** The page with what stands between its marks for `name` replaced. Throws if the marks are not there. */
export const withPart = (page: string, name: string, part: string): string => {
  const from = page.indexOf(START(name));
  const to = page.indexOf(END, from);
  if (from < 0 || to < 0) throw new Error(`the page has no ${START(name)} … ${END}`);
  return `${page.slice(0, from)}${START(name)}\n${part}\n${page.slice(to)}`;
};
