import { useState, type ReactElement } from "react";
import type { Report } from "../../../../src/model/report.ts";
import { openText } from "../../../../src/presentation/verdict/accounting-sums.ts";
import { formatCount, formatPlural } from "../../../../src/presentation/words/number-format.ts";
import { Scroll } from "../../ui/scroll.tsx";
import { AccountingTable } from "./accounting-table.tsx";
import { flowLayout, NODE_WIDTH, type Flow, type FlowLoss } from "./flow-layout.ts";
import "./accounting.css";

type Accounted = Pick<Report, "accounting" | "parity">;

/** What happened to every request that was received: a flow from which losses branch off, with a table behind it. */
export function AccountingFlow({ report }: { readonly report: Accounted }): ReactElement {
  const [isTableOpen, setIsTableOpen] = useState(false);
  const { accounting, parity } = report;
  // Parity is the share of exchanges without a counting difference; rounding restores the integer.
  const counting = Math.round(accounting.compared * (1 - parity.rate));
  const open = openText(accounting);
  return (
    <section className="panel" aria-labelledby="accounting-title" data-accounting>
      <div className="panel-head">
        <h2 id="accounting-title">Request accounting</h2>
        <button
          type="button"
          className="chart-toggle"
          aria-expanded={isTableOpen}
          onClick={() => setIsTableOpen(!isTableOpen)}
        >
          {isTableOpen ? "Hide table" : "Table"}
          <span className="visually-hidden"> of the requests</span>
        </button>
      </div>
      <Scroll>
        <FlowDrawing flow={flowLayout(accounting, counting)} />
      </Scroll>
      {isTableOpen ? <AccountingTable accounting={accounting} /> : null}
      {accounting.lost > 0 ? (
        <p className="error-text">
          The counts do not add up: {formatPlural(accounting.lost, "request")} without a fate. This is a defect of
          shadowdiff.
        </p>
      ) : null}
      {open === "" ? null : <p className="hint">Not counted: {open}.</p>}
      <p className="hint">{noiseSentence(accounting.noiseCompared)}</p>
    </section>
  );
}

function FlowDrawing({ flow }: { readonly flow: Flow }): ReactElement {
  const { width, height, stages, results, losses } = flow;
  return (
    <>
      <p className="visually-hidden">{flowText(flow)}</p>
      <svg className="flow" viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
        {stages.slice(1).map(({ name, x, y, height: thickness }, at) => {
          const from = (stages[at]?.x ?? 0) + NODE_WIDTH;
          return <rect key={name} className="flow-band" x={from} y={y} width={x - from} height={thickness} />;
        })}
        {results.map(({ name, x, y, height: thickness, from, tone }) => (
          <path
            key={name}
            className={`flow-band flow-${tone}`}
            d={bandPath({ x: (stages[2]?.x ?? 0) + NODE_WIDTH, y: from }, { x, y }, thickness)}
          />
        ))}
        {losses.map((loss) => (
          <LossBand key={loss.name} loss={loss} />
        ))}
        {stages.map(({ name, count, x, y, height: thickness }) => (
          <g key={name} data-flow={name}>
            <rect className="flow-node" x={x} y={y} width={NODE_WIDTH} height={Math.max(1, thickness)} />
            <text x={x} y={y - 9}>
              {name} <tspan className="flow-count">{formatCount(count)}</tspan>
            </text>
          </g>
        ))}
        {results.map(({ name, count, x, y, height: thickness, tone, labelY }) => (
          <g key={name} data-flow={name}>
            <rect className={`flow-node flow-${tone}`} x={x} y={y} width={NODE_WIDTH} height={thickness} />
            <text x={x + NODE_WIDTH + 8} y={labelY}>
              <tspan className="flow-count">{formatCount(count)}</tspan>
              <tspan x={x + NODE_WIDTH + 8} dy="15">
                {name}
              </tspan>
            </text>
          </g>
        ))}
      </svg>
    </>
  );
}

/** A loss leaves the flow downwards and ends in its label. */
function LossBand({ loss }: { readonly loss: FlowLoss }): ReactElement {
  const { name, count, reasons, tone, x, y, height, labelX, labelY } = loss;
  const end = labelY - 4;
  return (
    <g data-flow={name}>
      <path
        className={`flow-band flow-${tone}`}
        d={`M${x} ${y}C${x + 26} ${y} ${x + 4} ${end} ${labelX - 4} ${end}L${labelX - 4} ${end + 2}C${x} ${end + 2} ${x + 14} ${y + height} ${x} ${y + height}Z`}
      />
      <text x={labelX} y={labelY}>
        <tspan className="flow-count">{formatCount(count)}</tspan> {name}
        {reasons === "" ? "" : ` (${reasons})`}
      </text>
    </g>
  );
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** A band of equal thickness between two points. */
function bandPath(from: Point, to: Point, thickness: number): string {
  const middle = (from.x + to.x) / 2;
  return (
    `M${from.x} ${from.y}C${middle} ${from.y} ${middle} ${to.y} ${to.x} ${to.y}V${to.y + thickness}` +
    `C${middle} ${to.y + thickness} ${middle} ${from.y + thickness} ${from.x} ${from.y + thickness}Z`
  );
}

function flowText({ stages, results, losses }: Flow): string {
  const named = [...stages, ...losses, ...results].map(({ name, count }) => `${name} ${formatCount(count)}`);
  return `Requests: ${named.join(", ")}`;
}

/** @param noiseCompared compared exchanges that also have a secondary response */
function noiseSentence(noiseCompared: number): string {
  if (noiseCompared === 0) return "No compared exchange has a secondary response, so noise cannot be measured.";
  const verb = noiseCompared === 1 ? "has" : "have";
  return `${formatPlural(noiseCompared, "compared exchange")} ${verb} a secondary response, which measures the noise.`;
}
