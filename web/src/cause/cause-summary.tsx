import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { Explanation } from "../../../src/model/explain/explanation.ts";
import type { CauseReport } from "../../../src/model/report.ts";
import type { CauseEndpoint } from "../../../src/model/views/cause-endpoint.ts";
import { causeStateText } from "../../../src/presentation/statuses/status-rows.ts";
import { formatCount, formatPlural } from "../../../src/presentation/words/number-format.ts";
import { useEndpoint } from "../data/queries.ts";
import { useSelection } from "../data/selection.ts";
import { SafeText } from "../ui/text/safe-text.tsx";
import { useTitle } from "../ui/use-title.ts";
import { VerdictBadge } from "../ui/verdict-badge.tsx";

/** Other endpoints that are named; the endpoint's page has all. */
const MAX_NAMED = 8;

interface Props {
  readonly signature: string;
  readonly places: readonly CauseEndpoint[];
  readonly place: CauseEndpoint;
  readonly explanation: Explanation | undefined;
}

/** The cause with its verdict, where it shows, and the most important sentence about it. */
export function CauseSummary({ signature, places, place, explanation }: Props): ReactElement {
  const { run, candidate } = useSelection();
  const { endpoint, route } = place;
  const report = useEndpoint({ run: run.id, candidate }, endpoint, route).data;
  const cause = report?.causes.find((each) => each.signature === signature);
  const title = cause?.title ?? "Cause";
  useTitle(title);
  return (
    <>
      <nav className="breadcrumb" aria-label="Breadcrumb">
        <Link to="/">Overview</Link> <span aria-hidden="true">›</span>{" "}
        <Link to="/endpoint" search={{ name: endpoint, route, cause: signature }}>
          {endpoint}
        </Link>{" "}
        <span aria-hidden="true">›</span> <span aria-current="page">cause</span>
      </nav>
      <section className="panel" aria-labelledby="cause-title">
        <h1 id="cause-title" tabIndex={-1}>
          {cause === undefined ? null : <VerdictBadge verdict={cause.verdict} />}{" "}
          <code>
            <SafeText text={title} />
          </code>
        </h1>
        <p className="explanation-sentence" data-explanation>
          {explanation === undefined ? null : <SafeText text={explanation.sentence} />}
        </p>
        <p className="facts">
          <span>
            <b>{formatCount(place.count)}</b>
            {report === undefined ? "" : ` of ${formatPlural(report.compared, "exchange")}`} on <code>{endpoint}</code>
          </span>
          {cause === undefined ? null : <span>{stateText(cause)}</span>}
          <Link to="/endpoint" search={{ name: endpoint, route, cause: signature }}>
            Fields and decision
          </Link>
        </p>
        <OtherPlaces signature={signature} places={places} place={place} />
      </section>
    </>
  );
}

function stateText(cause: CauseReport): string {
  return cause.rule === null ? causeStateText(cause) : "hidden by a rule";
}

/** The other endpoints that show the cause, each with an explanation. */
function OtherPlaces({ signature, places, place }: Omit<Props, "explanation">): ReactElement | null {
  const others = places.filter((each) => each !== place);
  if (others.length === 0) return null;
  const rest = others.length - MAX_NAMED;
  return (
    <p className="muted other-places">
      Explained apart on{" "}
      {others.slice(0, MAX_NAMED).map(({ endpoint, route }, index) => (
        <span key={`${route} ${endpoint}`}>
          {index === 0 ? "" : ", "}
          <Link to="/causes/$signature" params={{ signature }} search={{ name: endpoint, route }} className="mono-link">
            {endpoint}
          </Link>
        </span>
      ))}
      {rest > 0 ? ` and ${formatPlural(rest, "other endpoint")}` : ""}
    </p>
  );
}
