const UNITS = ["KiB", "MiB", "GiB", "TiB"];

/**
 * Lays out rows in columns, under a line of titles.
 *
 * @param {readonly string[]} titles one a column; one that begins with a blank is aligned to the
 *   right
 * @param {readonly (readonly string[])[]} rows one text a column
 * @returns {string} lines, each with its line end
 */
export function formatTable(titles, rows) {
  const lines = [titles.map((title) => title.trim()), ...rows];
  const widths = titles.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return lines
    .map((line) => {
      const cells = line.map((text, column) =>
        titles[column]?.startsWith(" ")
          ? text.padStart(widths[column] ?? 0)
          : text.padEnd(widths[column] ?? 0),
      );
      return `  ${cells.join("  ").trimEnd()}\n`;
    })
    .join("");
}

/**
 * A number of bytes for people, in the largest unit that is not too large: `512 bytes`, `2 MiB`,
 * `4.3 GiB`.
 *
 * @param {number} sizeBytes
 */
export function formatSize(sizeBytes) {
  let size = sizeBytes;
  let unit = "bytes";
  for (const next of UNITS) {
    if (size < 1024) {
      break;
    }
    size /= 1024;
    unit = next;
  }
  return `${Number.isInteger(size) ? size : size.toFixed(1)} ${unit}`;
}

/**
 * A path that fits a width: its end, from the beginning of a folder on, with `…` for what is left
 * out. A file name is never cut.
 *
 * @param {string} path
 * @param {number} width
 */
export function shortenPath(path, width) {
  if (path.length <= width) {
    return path;
  }
  const separators = [...path.matchAll(/[/\\]/g)].map(({ index }) => index);
  const cut = separators.find((index) => path.length - index < width) ?? separators.at(-1) ?? 0;
  return `…${path.slice(cut)}`;
}
