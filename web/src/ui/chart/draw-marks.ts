import type uPlot from "uplot";
import type { ChartDot, ChartMark, LineStyle } from "./chart-model.ts";

type ColorOf = (name: string) => string;

/** Shades the intervals of marks; called before the lines are drawn. */
export function drawIntervals(chart: uPlot, marks: readonly ChartMark[], color: ColorOf): void {
  const { ctx, bbox } = chart;
  for (const { interval, color: name } of marks) {
    if (interval === undefined) continue;
    const [from, to] = [interval.from, interval.to].map((value) => clamp(chart.valToPos(value, "x", true), bbox)) as [
      number,
      number,
    ];
    ctx.save();
    ctx.fillStyle = `${color(name)}33`;
    ctx.fillRect(from, bbox.top, Math.max(1, to - from), bbox.height);
    ctx.restore();
  }
}

function clamp(position: number, { left, width }: uPlot.BBox): number {
  return Math.min(Math.max(position, left), left + width);
}

/** Draws each mark as a line with its name. Marks outside of the axes are left out. */
export function drawMarks(
  chart: uPlot,
  marks: readonly ChartMark[],
  { color, font }: { readonly color: ColorOf; readonly font: string },
): void {
  const { ctx, bbox } = chart;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.font = font.replace(/^[\d.]+/, (size) => String(Number(size) * ratio));
  ctx.lineWidth = ratio;
  const drawn: Record<ChartMark["axis"], number[]> = { x: [], y: [] };
  for (const mark of marks) {
    const at = Math.round(chart.valToPos(mark.value, mark.axis, true));
    const [first, last] = mark.axis === "x" ? [bbox.left, bbox.left + bbox.width] : [bbox.top, bbox.top + bbox.height];
    if (!(at >= first && at <= last)) continue;
    ctx.strokeStyle = ctx.fillStyle = color(mark.color);
    ctx.setLineDash(DASHES[mark.line ?? "dashed"].map((length) => length * ratio));
    drawLine(chart, mark.axis, at);
    // Names of close neighbors are set next to each other.
    const neighbors = drawn[mark.axis].filter((other) => Math.abs(other - at) < NAME_HEIGHT * ratio).length;
    drawName(chart, mark, {
      at,
      rim: color("surface"),
      offset: (mark.axis === "x" ? drawn.x.length * NAME_HEIGHT : neighbors * NAME_WIDTH) * ratio,
    });
    drawn[mark.axis].push(at);
  }
  ctx.restore();
}

const DASHES: Readonly<Record<LineStyle, readonly number[]>> = { solid: [], dashed: [6, 4], dotted: [2, 3] };
/** In CSS pixels; names are short. */
const NAME_HEIGHT = 14;
const NAME_WIDTH = 30;

function drawLine({ ctx, bbox }: uPlot, axis: ChartMark["axis"], at: number): void {
  ctx.beginPath();
  if (axis === "x") {
    ctx.moveTo(at, bbox.top);
    ctx.lineTo(at, bbox.top + bbox.height);
  } else {
    ctx.moveTo(bbox.left, at);
    ctx.lineTo(bbox.left + bbox.width, at);
  }
  ctx.stroke();
}

/** @param at, offset in canvas pixels */
function drawName(
  { ctx, bbox }: uPlot,
  { axis, label }: ChartMark,
  { at, offset, rim }: { readonly at: number; readonly offset: number; readonly rim: string },
): void {
  const ratio = devicePixelRatio;
  const isLeft = axis === "x" && at - bbox.left > bbox.width / 2;
  ctx.textAlign = isLeft ? "right" : "left";
  ctx.textBaseline = axis === "x" ? "top" : "middle";
  const [x, y] =
    axis === "x"
      ? [at + (isLeft ? -4 : 4) * ratio, bbox.top + 2 * ratio + offset]
      : [bbox.left + 6 * ratio + offset, at];
  // A rim in the color of the page keeps the name readable on lines.
  ctx.setLineDash([]);
  ctx.lineWidth = 4 * ratio;
  ctx.strokeStyle = rim;
  ctx.strokeText(label, x, y);
  ctx.lineWidth = ratio;
  ctx.fillText(label, x, y);
}

/** Draws dots with a rim in the color of the page. */
export function drawDots(chart: uPlot, dots: readonly ChartDot[], color: ColorOf): void {
  const { ctx } = chart;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.setLineDash([]);
  for (const { x, y, color: name } of dots) {
    ctx.beginPath();
    ctx.arc(chart.valToPos(x, "x", true), chart.valToPos(y, "y", true), 4 * ratio, 0, 2 * Math.PI);
    ctx.fillStyle = color(name);
    ctx.strokeStyle = color("surface");
    ctx.lineWidth = 1.5 * ratio;
    ctx.fill();
    ctx.stroke();
  }
  ctx.restore();
}
