import { html, type SafeHtml } from "@remix-run/html-template";
import type { Role } from "../../../model/capture.ts";
import type { LatencyDistribution, LatencyView } from "../../../model/latency.ts";
import type { LatencyReport, Quantiles } from "../../../model/report.ts";
import { formatDuration } from "../../../presentation/words/number-format.ts";

const ROLES = ["primary", "candidate", "secondary"] as const satisfies readonly Role[];
const WIDTH = 640;
const HEIGHT = 220;
/** The drawing area inside the axes. */
const AREA = { left: 44, right: 628, top: 10, bottom: 190 };
const SHARES = [0, 0.25, 0.5, 0.75, 0.9, 1];
const MIN_TICK_DISTANCE = 44;

/** A logarithmic scale of milliseconds. */
interface TimeScale {
  readonly low: number;
  readonly high: number;
  readonly position: (ms: number) => number;
}

function timeScale(values: readonly number[], from: number, to: number): TimeScale {
  const [low, high] = [Math.min(...values) * 0.95, Math.max(...values) * 1.05];
  const [start, length] = [Math.log(low), Math.log(high) - Math.log(low)];
  return { low, high, position: (ms) => round(from + ((Math.log(ms) - start) / length) * (to - from)) };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** The empirical distribution functions of each role: which share of responses took at most as long. */
export function distributionChart(
  { distributions }: Pick<LatencyView, "distributions">,
  name: string,
): SafeHtml | null {
  const roles = ROLES.filter((role) => distributions[role].points.length > 0);
  const edges = roles.flatMap((role) => distributions[role].points.map(({ upper }) => upper));
  if (edges.length === 0) return null;
  const scale = timeScale(edges, AREA.left, AREA.right);
  return html`<figure>
    <svg
      class="chart"
      viewBox="0 0 ${WIDTH} ${HEIGHT}"
      role="img"
      aria-label="Distribution of the latency of ${name}; the table has its quantiles"
    >
      ${SHARES.map(shareLine)}${ticks(scale).map((ms) => timeTick(scale, ms))}
      ${roles.map((role) => html`<path class="line role-${role}" d="${stepPath(distributions[role], scale)}" /> `)}
    </svg>
    <figcaption>
      Share of responses that took at most as long:
      ${roles.map(
        (role) =>
          html`<span class="key"
            ><svg width="24" height="8" aria-hidden="true"><path class="line role-${role}" d="M0 4H24" /></svg>
            ${role}</span
          > `,
      )}
    </figcaption>
  </figure> `;
}

function shareY(share: number): number {
  return round(AREA.bottom - share * (AREA.bottom - AREA.top));
}

function shareLine(share: number): SafeHtml {
  const y = shareY(share);
  return html`<path class="grid" d="M${AREA.left} ${y}H${AREA.right}" /><text
      x="${AREA.left - 6}"
      y="${y + 4}"
      text-anchor="end"
      >${share * 100}%</text
    > `;
}

function timeTick({ position }: TimeScale, ms: number): SafeHtml {
  const x = position(ms);
  return html`<path class="grid" d="M${x} ${AREA.top}V${AREA.bottom}" /><text
      x="${x}"
      y="${AREA.bottom + 18}"
      text-anchor="middle"
      >${formatDuration(ms)}</text
    > `;
}

/** 1, 2 and 5 of each power of ten, as many as have room. */
function ticks({ low, high, position }: TimeScale): readonly number[] {
  const chosen: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1) {
    for (const factor of [1, 2, 5]) {
      const ms = factor * 10 ** power;
      const last = chosen.at(-1);
      if (ms < low || ms > high) continue;
      if (last === undefined || position(ms) - position(last) >= MIN_TICK_DISTANCE) chosen.push(ms);
    }
  }
  return chosen;
}

function stepPath({ points }: LatencyDistribution, { position, low }: TimeScale): string {
  const steps = points.map(({ upper, share }) => `H${position(upper)}V${shareY(share)}`);
  return `M${position(low)} ${shareY(0)}${steps.join("")}H${AREA.right}`;
}

const STRIP = { width: 180, left: 4, right: 176 } as const;
const NAMES = ["p50", "p95", "p99"] as const satisfies readonly (keyof Quantiles)[];

/** Draws the quantiles of an endpoint as small lines on the scale of all endpoints. The table has the numbers. */
export function quantileStrips(latencies: readonly LatencyReport[]): (latency: LatencyReport) => SafeHtml {
  const values = latencies.flatMap(({ primary, candidate }) => [...valuesOf(primary), ...valuesOf(candidate)]);
  if (values.length === 0) return () => html``;
  const { position } = timeScale(values, STRIP.left, STRIP.right);
  const strip = (role: Role, quantiles: Quantiles, y: number): SafeHtml | null => {
    const [p50, p95, p99] = NAMES.map((name) => quantiles[name]);
    if (p50 === null || p50 === undefined || p95 === null || p95 === undefined || p99 === null || p99 === undefined) {
      return null;
    }
    const [from, middle, to] = [position(p50), position(p95), position(p99)];
    return html`<path
        class="line role-${role}"
        d="M${from} ${y}H${to}M${middle} ${y - 3}V${y + 3}M${to} ${y - 3}V${y + 3}"
      /><circle class="role-${role}" cx="${from}" cy="${y}" r="3" />`;
  };
  return ({ primary, candidate }) =>
    html`<svg class="strip" viewBox="0 0 ${STRIP.width} 20" width="${STRIP.width}" height="20" aria-hidden="true">
      ${strip("primary", primary, 6)}${strip("candidate", candidate, 14)}
    </svg>`;
}

function valuesOf(quantiles: Quantiles): readonly number[] {
  return NAMES.map((name) => quantiles[name]).filter((value) => value !== null);
}
