import { useMemo, type ReactElement } from "react";
import type { LatencyView } from "../../../src/model/latency.ts";
import {
  distributionColumns,
  measuredRoles,
  minuteColumns,
  QUANTILE_NAMES,
  type ChartRole,
  type QuantileName,
} from "./chart-data.ts";
import { formatCount, formatDuration } from "../../../src/presentation/words/number-format.ts";
import { formatClock } from "../ui/time.ts";
import { Chart } from "./chart.tsx";

/** The label of an axis tick, without trailing zeros. */
function formatTick(value: number): string {
  return value >= 1_000 ? `${Number((value / 1_000).toPrecision(3))} s` : `${Number(value.toPrecision(3))} ms`;
}

function formatShare(share: number): string {
  return `${(share * 100).toFixed(0)}%`;
}

function DistributionChart({
  view,
  roles,
}: {
  readonly view: LatencyView;
  readonly roles: readonly ChartRole[];
}): ReactElement {
  const data = useMemo(() => distributionColumns(view, roles), [view, roles]);
  return (
    <section className="panel" aria-labelledby="distribution-title">
      <h2 id="distribution-title">Distribution</h2>
      <p className="hint">Share of responses completed within a given time. A line further to the left is faster.</p>
      <Chart
        label="Cumulative distribution of the time to the last byte, by role"
        roles={roles}
        data={data}
        x="logarithmic"
        formatX={formatTick}
        formatY={formatShare}
        step
        height={260}
      />
    </section>
  );
}

interface MinuteProps {
  readonly view: LatencyView;
  readonly roles: readonly ChartRole[];
  readonly quantile: QuantileName;
}

function MinuteChart({ view, roles, quantile }: MinuteProps): ReactElement {
  const data = useMemo(() => minuteColumns(view, roles, quantile), [view, roles, quantile]);
  return (
    <section className="panel" aria-labelledby={`minutes-${quantile}`}>
      <h2 id={`minutes-${quantile}`}>{quantile} by minute</h2>
      <Chart
        label={`${quantile} of the time to the last byte by minute and role`}
        roles={roles}
        data={data}
        x="time"
        formatX={(seconds) => formatClock(seconds * 1_000).slice(0, -3)}
        formatY={formatTick}
        height={180}
      />
    </section>
  );
}

/** The data of the charts as a table, for readers who cannot use a canvas. */
function MinuteTable({
  view,
  roles,
}: {
  readonly view: LatencyView;
  readonly roles: readonly ChartRole[];
}): ReactElement {
  return (
    <details className="panel">
      <summary>Data table</summary>
      <div className="scroll">
        <table>
          <caption className="visually-hidden">Quantiles by minute and role</caption>
          <thead>
            <tr>
              <th scope="col">Minute</th>
              {roles.flatMap((role) =>
                ["responses", ...QUANTILE_NAMES].map((name) => (
                  <th key={`${role} ${name}`} scope="col" className="number">
                    {role} {name}
                  </th>
                )),
              )}
            </tr>
          </thead>
          <tbody>
            {view.minutes.toReversed().map((minute) => (
              <tr key={minute.at}>
                <th scope="row">{formatClock(minute.at)}</th>
                {roles.flatMap((role) => [
                  <td key={role} className="number">
                    {formatCount(minute.counts[role])}
                  </td>,
                  ...QUANTILE_NAMES.map((name) => (
                    <td key={`${role} ${name}`} className="number">
                      {formatDuration(minute[role][name])}
                    </td>
                  )),
                ])}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

export function LatencyCharts({ view }: { readonly view: LatencyView }): ReactElement {
  const roles = useMemo(() => measuredRoles(view), [view]);
  return (
    <>
      <DistributionChart view={view} roles={roles} />
      <div className="three-columns">
        {QUANTILE_NAMES.map((quantile) => (
          <MinuteChart key={quantile} view={view} roles={roles} quantile={quantile} />
        ))}
      </div>
      <MinuteTable view={view} roles={roles} />
    </>
  );
}
