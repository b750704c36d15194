import { Link } from "@tanstack/react-router";
import { useState, type MouseEvent, type ReactElement } from "react";
import type { CauseReport, EndpointReport } from "../../../../src/model/report.ts";
import { causeStateText } from "../../../../src/presentation/statuses/status-rows.ts";
import { parameterPhrase } from "../../../../src/presentation/words/parameter-words.ts";
import { formatCount, formatPlural } from "../../../../src/presentation/words/number-format.ts";
import type { EndpointSearch } from "../../search-params.ts";
import { VerdictBadge } from "../../ui/verdict-badge.tsx";
import { ShareBar } from "../share-bar.tsx";
import { HidingRule } from "./hiding-rule.tsx";
import type { SelectionRange } from "./use-selection-range.ts";
import "./causes.css";

/** More causes are shown in steps. */
const STEP = 100;

interface Props {
  readonly endpoint: EndpointReport;
  /** Most important first. */
  readonly causes: readonly CauseReport[];
  readonly search: EndpointSearch;
  readonly selection: SelectionRange;
}

/** One row per cause. Opening one filters the fields and the exchanges; checking several decides about them together. */
export function CauseList({ endpoint, causes, search, selection }: Props): ReactElement {
  const [limit, setLimit] = useState(STEP);
  const rest = causes.length - limit;
  const all = causes.map(({ signature }) => signature);
  const { selected, replace } = selection;
  return (
    <section className="panel causes" aria-labelledby="causes-title">
      <div className="panel-head">
        <h2 id="causes-title">Causes</h2>
        <span className="muted">{formatPlural(causes.length, "cause")}</span>
      </div>
      {causes.length === 0 ? (
        <p className="hint">No differences on this endpoint.</p>
      ) : (
        <div className="scroll">
          <table>
            <caption className="visually-hidden">
              Causes of differences on {endpoint.endpoint}, most important first
            </caption>
            <thead>
              <tr>
                <th scope="col" className="check">
                  <input
                    type="checkbox"
                    aria-label="Select all causes"
                    checked={selected.size === causes.length}
                    onChange={() => replace(selected.size === causes.length ? [] : all)}
                  />
                </th>
                <th scope="col">Cause</th>
                <th scope="col" className="number">
                  Exchanges
                </th>
              </tr>
            </thead>
            <tbody>
              {causes.slice(0, limit).map((cause) => (
                <CauseRow
                  key={cause.signature}
                  cause={cause}
                  compared={endpoint.compared}
                  search={search}
                  isSelected={selected.has(cause.signature)}
                  onToggle={(toRange) => selection.toggle(cause.signature, toRange)}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {rest > 0 ? (
        <p className="buttons">
          <button type="button" onClick={() => setLimit(limit + STEP)}>
            Show {formatCount(Math.min(rest, STEP))} of {formatPlural(rest, "more cause")}
          </button>
        </p>
      ) : null}
    </section>
  );
}

interface RowProps {
  readonly cause: CauseReport;
  readonly compared: number;
  readonly search: EndpointSearch;
  readonly isSelected: boolean;
  readonly onToggle: (toRange: boolean) => void;
}

function CauseRow({ cause, compared, search, isSelected, onToggle }: RowProps): ReactElement {
  const { signature, title, verdict, count, endpoints } = cause;
  const isOpen = search.cause === signature;
  const phrase = parameterPhrase(cause.parameters);
  return (
    <tr data-row data-cause={signature} className={isOpen ? "selected" : undefined}>
      <td className="check">
        <input
          type="checkbox"
          aria-label={`Select ${title}`}
          checked={isSelected}
          // The change event does not say whether Shift is held.
          onClick={(event: MouseEvent) => onToggle(event.shiftKey)}
          onChange={() => {}}
        />
      </td>
      <th scope="row">
        <Link
          to="/endpoint"
          search={(last) => ({
            ...last,
            name: search.name,
            cause: isOpen ? undefined : signature,
            section: undefined,
            path: undefined,
          })}
          resetScroll={false}
          className="mono-link"
          aria-expanded={isOpen}
          aria-controls="cause-detail"
        >
          {title}
        </Link>
        <span className="cause-facts small">
          <VerdictBadge verdict={verdict} />{" "}
          <span className="muted">{cause.rule === null ? causeStateText(cause) : <HidingRule id={cause.rule} />}</span>
          {phrase === null ? null : <span className="muted">{phrase}</span>}
          {endpoints === 1 ? null : (
            <span className="muted">also on {formatPlural(endpoints - 1, "other endpoint")}</span>
          )}
        </span>
      </th>
      <td className="number">
        <ShareBar count={count} of={compared} side="candidate" />
      </td>
    </tr>
  );
}
