/**
 * One SVG a row: bars against their bounds, or curves over sizes. Readable on light and on dark
 * pages.
 */
import { formatValue } from "./format";
import { type RowResult, judge } from "./results";
import type { Figure, Growth } from "./row";

const WIDTH = 760;
const COLOURS = ["#2f6fde", "#d9622b", "#2a9d5c", "#8a4fc7"];
const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #333 }
  .title { font-weight: 600; font-size: 15px }
  .faint { fill: #777 }
  .axis { stroke: #999; stroke-width: 1 }
  .grid { stroke: #ddd; stroke-width: 1 }
  .bound { stroke: #b00020; stroke-width: 1.5 }
  .guide { stroke: #999; stroke-dasharray: 5 4 }
  @media (prefers-color-scheme: dark) {
    text { fill: #ddd }
    .faint { fill: #999 }
    .grid { stroke: #444 }
    .bound { stroke: #ff6b81 }
  }`;

/** Draws the plot of a row. */
export function drawPlot(row: RowResult): string {
  return row.growth === undefined ? drawBars(row) : drawCurves(row, row.growth);
}

/**
 * Each bar is as long as the figure's share of its bound; without a bound, 1 is as good as the
 * other side.
 */
function drawBars({ title, figures }: RowResult): string {
  const left = 300;
  const right = WIDTH - 110;
  const rowHeight = 30;
  const longest = Math.max(1.25, ...figures.map((figure) => shareOf(figure, figure.most)));
  const toX = (share: number): number =>
    left + (Math.min(share, longest) / longest) * (right - left);
  const height = 60 + figures.length * rowHeight;
  const bars = figures.map((figure, index) => {
    const y = 50 + index * rowHeight;
    const colour = { met: COLOURS[2]!, broken: COLOURS[1]!, "-": "#888" }[judge(figure)];
    const [value, least, most] = [figure.value, figure.least, figure.most].map((each) =>
      toX(shareOf(figure, each)),
    );
    return [
      text(left - 10, y + 14, shorten(figure.name, 44), 'text-anchor="end"'),
      `<rect x="${left}" y="${y}" width="${round(value! - left)}" height="18" rx="2" ` +
        `fill="${colour}"/>`,
      line(least!, y + 9, most!, y + 9, "axis"),
      text(most! + 8, y + 14, formatValue(figure.value, figure.unit)),
    ].join("\n");
  });
  const bound = line(toX(1), 40, toX(1), height - 12, "bound");
  return svg(height, [text(16, 24, shorten(title, 95), 'class="title"'), ...bars, bound]);
}

function shareOf({ bound }: Figure, value: number): number {
  return value / (bound ?? 1);
}

function drawCurves({ title }: RowResult, growth: Growth): string {
  const [left, right, top, bottom] = [90, WIDTH - 170, 50, 330];
  const points = growth.curves.flatMap(({ points: own }) => own);
  const x = scaleOf(
    points.map(([value]) => value),
    left,
    right,
    growth.xUnit === "bytes" ? 2 : 10,
  );
  const y = scaleOf(
    points.map(([, value]) => value),
    bottom,
    top,
    10,
  );
  const grid = [
    ...x.ticks.map((tick) =>
      [
        line(x.place(tick), top, x.place(tick), bottom, "grid"),
        text(x.place(tick), bottom + 18, formatValue(tick, growth.xUnit), 'text-anchor="middle"'),
      ].join("\n"),
    ),
    ...y.ticks.map((tick) =>
      [
        line(left, y.place(tick), right, y.place(tick), "grid"),
        text(left - 8, y.place(tick) + 4, formatValue(tick, growth.yUnit), 'text-anchor="end"'),
      ].join("\n"),
    ),
  ];
  const curves = growth.curves.map(({ name, points: own }, index) => {
    const colour = COLOURS[index % COLOURS.length]!;
    const places = own.map(
      ([valueX, valueY]) => [round(x.place(valueX)), round(y.place(valueY))] as const,
    );
    const dots = places.map(
      ([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3.5" fill="${colour}"/>`,
    );
    const path =
      `<polyline points="${places.map((place) => place.join(",")).join(" ")}" fill="none" ` +
      `stroke="${colour}" stroke-width="2"/>`;
    const legendY = top + 10 + index * 22;
    const corner = `x="${right + 14}" y="${legendY - 9}"`;
    const legend = `<rect ${corner} width="12" height="4" fill="${colour}"/>`;
    return [path, ...dots, legend, text(right + 32, legendY - 3, shorten(name, 22))].join("\n");
  });
  return svg(bottom + 56, [
    text(16, 24, shorten(title, 95), 'class="title"'),
    text((left + right) / 2, bottom + 42, growth.xTitle, 'text-anchor="middle" class="faint"'),
    text(left, top - 10, growth.yTitle, 'text-anchor="end" class="faint"'),
    ...grid,
    ...(growth.yUnit === "ms" ? [drawGuide(growth, x, y)] : []),
    ...curves,
  ]);
}

/** What growing in proportion looks like, from the last point of the first curve back. */
function drawGuide({ curves }: Growth, x: Scale, y: Scale): string {
  const [lastX, lastY] = curves[0]!.points.at(-1)!;
  const startX = Math.max(x.least, (lastX * y.least) / lastY);
  return line(
    x.place(startX),
    y.place((lastY * startX) / lastX),
    x.place(lastX),
    y.place(lastY),
    "guide",
  );
}

/** A logarithmic axis. */
interface Scale {
  readonly least: number;
  readonly ticks: readonly number[];
  place(value: number): number;
}

/**
 * @param base 10 for counts and times; 2 for sizes, whose ticks are powers of two that people know
 */
function scaleOf(values: readonly number[], from: number, to: number, base: number): Scale {
  const log = (value: number): number => Math.log(value) / Math.log(base);
  const first = Math.floor(log(Math.min(...values)) + 1e-9);
  const last = Math.max(first + 1, Math.ceil(log(Math.max(...values)) - 1e-9));
  const step = Math.max(1, Math.ceil((last - first) / 6));
  const ticks = Array.from(
    { length: Math.floor((last - first) / step) + 1 },
    (_, index) => base ** (first + index * step),
  );
  return {
    least: base ** first,
    ticks,
    place: (value) => from + ((log(value) - first) / (last - first)) * (to - from),
  };
}

function svg(height: number, parts: readonly string[]): string {
  const size = `width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"`;
  return (
    '<svg xmlns="http://www.w3.org/2000/svg" ' +
    `${size}>\n<style>${STYLE}\n</style>\n${parts.join("\n")}\n</svg>\n`
  );
}

function text(x: number, y: number, content: string, attributes = ""): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${round(x)}" y="${round(y)}" ${attributes}>${escaped}</text>`;
}

function line(x1: number, y1: number, x2: number, y2: number, kind: string): string {
  return (
    `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" ` +
    `class="${kind}"/>`
  );
}

function round(value: number): number {
  return Number(value.toFixed(1));
}

function shorten(content: string, length: number): string {
  return content.length <= length ? content : `${content.slice(0, length - 1)}…`;
}
