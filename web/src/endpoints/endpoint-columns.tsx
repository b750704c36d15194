import { Link } from "@tanstack/react-router";
import { memo, type ReactElement, type ReactNode } from "react";
import type { EndpointSortKey, EndpointSummary } from "../../../src/model/views/endpoint-page.ts";
import {
  formatCount,
  formatDuration,
  formatFactor,
  formatInterval,
  formatShare,
  NOT_MEASURED,
} from "../../../src/presentation/words/number-format.ts";
import { formatStatusChange } from "../../../src/presentation/statuses/status-change.ts";
import { VerdictBadge } from "../ui/verdict-badge.tsx";

interface Column {
  readonly key: Exclude<EndpointSortKey, "endpoint">;
  readonly label: string;
  readonly title?: string;
  readonly isText?: boolean;
  readonly cell: (endpoint: EndpointSummary) => ReactNode;
}

/** The columns after the name of the endpoint. */
export const ENDPOINT_COLUMNS: readonly Column[] = [
  { key: "verdict", label: "Verdict", isText: true, cell: ({ verdict }) => <VerdictBadge verdict={verdict} /> },
  { key: "compared", label: "Compared", title: "Compared exchanges", cell: ({ compared }) => formatCount(compared) },
  {
    key: "mismatch",
    label: "Mismatch",
    title: "Share of exchanges with a difference that counts, with its 95% confidence interval",
    cell: mismatchCell,
  },
  {
    key: "noise",
    label: "Noise",
    title: "Share of exchanges in which the noisiest field differs between primary and secondary",
    cell: ({ noise, noiseCompared }) => (
      <span className="muted">{noiseCompared === 0 ? NOT_MEASURED : formatShare(noise / noiseCompared)}</span>
    ),
  },
  { key: "status", label: "Status changes", title: "Exchanges with different status codes", cell: statusCell },
  {
    key: "p50",
    label: "Δ p50",
    title: "How much slower the candidate's median response is",
    cell: ({ latency }) => <LatencyCell latency={latency} quantile="p50" />,
  },
  {
    key: "p99",
    label: "Δ p99",
    title: "How much slower the candidate's slowest hundredth is",
    cell: ({ latency }) => <LatencyCell latency={latency} quantile="p99" />,
  },
  {
    key: "ratio",
    label: "Ratio",
    title: "Typical latency ratio of candidate to primary, per exchange",
    cell: ({ latency: { ratio } }) => (ratio === null ? NOT_MEASURED : formatFactor(ratio.estimate)),
  },
  { key: "unreviewed", label: "Review", title: "Causes that wait for a review", isText: true, cell: reviewCell },
];

interface RowProps {
  readonly endpoint: EndpointSummary;
  /** Whether the run has several routes, so that the name of one says something. */
  readonly hasRoutes: boolean;
}

type NameProps = Pick<EndpointSummary, "endpoint" | "route"> & Pick<RowProps, "hasRoutes">;

/** A link costs more to render than all numbers of its row, which change with every commit. */
const EndpointName = memo(function EndpointName({ endpoint, route, hasRoutes }: NameProps): ReactElement {
  return (
    <th scope="row">
      <Link to="/endpoint" search={{ name: endpoint, route }} className="mono-link" title={endpoint}>
        {endpoint}
      </Link>
      {hasRoutes ? <span className="muted small"> {route}</span> : null}
    </th>
  );
});

/** The cells of an endpoint. */
export function EndpointCells({ endpoint: summary, hasRoutes }: RowProps): ReactElement {
  return (
    <>
      <EndpointName endpoint={summary.endpoint} route={summary.route} hasRoutes={hasRoutes} />
      {ENDPOINT_COLUMNS.map(({ key, isText = false, cell }) => (
        <td key={key} className={isText ? undefined : "number"}>
          {cell(summary)}
        </td>
      ))}
    </>
  );
}

function mismatchCell({ compared, parity }: EndpointSummary): ReactNode {
  if (compared === 0) return NOT_MEASURED;
  const mismatch = { rate: 1 - parity.rate, low: 1 - parity.high, high: 1 - parity.low };
  return (
    <>
      {formatShare(mismatch.rate)}
      <span className="muted small subline">{formatInterval(mismatch, formatShare)}</span>
    </>
  );
}

function statusCell({ statusChange, statusChanges }: EndpointSummary): ReactNode {
  if (statusChange === null) return <span className="muted">0</span>;
  return (
    <>
      {formatCount(statusChanges)}
      <span className="small subline">{formatStatusChange(statusChange)}</span>
    </>
  );
}

function reviewCell({ causes: { unreviewed, denied, accepted } }: EndpointSummary): ReactNode {
  if (unreviewed + denied + accepted === 0) return <span className="muted">no causes</span>;
  const reviewed = [
    ...(denied === 0 ? [] : [`${formatCount(denied)} denied`]),
    ...(accepted === 0 ? [] : [`${formatCount(accepted)} accepted`]),
  ];
  return (
    <>
      {unreviewed === 0 ? null : <span>{formatCount(unreviewed)} unreviewed</span>}
      {reviewed.length === 0 ? null : <span className="muted small subline">{reviewed.join(", ")}</span>}
    </>
  );
}

interface LatencyCellProps {
  readonly latency: EndpointSummary["latency"];
  readonly quantile: "p50" | "p99";
}

/** The difference in milliseconds, with both values below it. */
function LatencyCell({ latency: { primary, candidate }, quantile }: LatencyCellProps): ReactElement {
  const before = primary[quantile];
  const after = candidate[quantile];
  if (before === null || after === null) return <>{NOT_MEASURED}</>;
  const sign = after > before ? "+" : after < before ? "−" : "";
  return (
    <>
      <span className={sign === "" ? "muted" : undefined}>
        {sign}
        {formatDuration(Math.abs(after - before))}
      </span>
      <span className="muted small subline">
        {formatDuration(before)} → {formatDuration(after)}
      </span>
    </>
  );
}
