import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { Overview, OverviewCause } from "../../../src/model/views/overview.ts";
import { formatCount, formatPlural } from "../../../src/presentation/words/number-format.ts";
import { causeStateText } from "../../../src/presentation/statuses/status-rows.ts";
import { presetEffect } from "../../../src/presentation/rules/rule-presets.ts";
import { AddPreset } from "../rules/preset-list.tsx";
import { AcceptHeaders } from "./accept-headers.tsx";
import { VerdictBadge } from "../ui/verdict-badge.tsx";

interface Props {
  readonly report: Overview;
  readonly onShowAll: () => void;
}

/** The most important causes of all endpoints. One that looks the same on several endpoints is one row. */
export function UnreviewedCauses({ report, onShowAll }: Props): ReactElement {
  const { causes, causeCount } = report;
  const rest = causeCount - causes.length;
  return (
    <section className="panel" aria-labelledby="causes-title">
      <div className="panel-head">
        <h2 id="causes-title">Unreviewed causes</h2>
        <span className="muted">
          {rest > 0 ? `top ${causes.length} of ${formatCount(causeCount)}` : formatPlural(causeCount, "cause")}
        </span>
      </div>
      {report.suggestions.map((suggestion) => (
        <p key={suggestion.preset} className="buttons" data-suggestion={suggestion.preset}>
          <AddPreset name={suggestion.preset} reason={suggestion.reason} /> <span>{presetEffect(suggestion)}</span>
        </p>
      ))}
      <AcceptHeaders report={report} />
      {causeCount === 0 ? (
        <p className="hint">No unreviewed causes. All differences are noise, reviewed or hidden by a rule.</p>
      ) : (
        <div className="scroll">
          <table>
            <caption className="visually-hidden">Unreviewed causes, most important first</caption>
            <thead>
              <tr>
                <th scope="col">Cause</th>
                <th scope="col">Endpoint</th>
                <th scope="col">Verdict</th>
                <th scope="col">State</th>
                <th scope="col" className="number">
                  Exchanges
                </th>
              </tr>
            </thead>
            <tbody>
              {causes.map((wide) => (
                <UnreviewedRow key={`${wide.cause.signature} ${wide.endpoints[0]?.route}`} wide={wide} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {rest > 0 ? (
        <p className="buttons">
          <button type="button" onClick={onShowAll}>
            Show {formatPlural(rest, "more cause")}
          </button>
        </p>
      ) : null}
    </section>
  );
}

function UnreviewedRow({ wide }: { readonly wide: OverviewCause }): ReactElement {
  const { cause, endpoints, count } = wide;
  const [first] = endpoints;
  return (
    <tr data-row data-cause={cause.signature}>
      <th scope="row">
        <Link
          to="/endpoint"
          search={{ name: first?.endpoint ?? "", route: first?.route, cause: cause.signature }}
          className="mono-link"
        >
          {cause.title}
        </Link>
      </th>
      <td>
        <code>{wide.where}</code>
      </td>
      <td>
        <VerdictBadge verdict={cause.verdict} />
      </td>
      <td className="muted">{causeStateText(cause)}</td>
      <td className="number">{formatCount(count)}</td>
    </tr>
  );
}
