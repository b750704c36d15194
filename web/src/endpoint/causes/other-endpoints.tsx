import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { CauseReport } from "../../../../src/model/report.ts";
import { formatPlural } from "../../../../src/presentation/words/number-format.ts";
import { useCauseEndpoints } from "../../data/queries.ts";
import { useSelection } from "../../data/selection.ts";

const MAX_NAMED = 5;

interface Props {
  readonly cause: Pick<CauseReport, "signature" | "endpoints">;
  /** The endpoint that is shown already. */
  readonly endpoint: string;
}

/** Links to the other endpoints that show a cause, with the cause open there. */
export function OtherEndpoints({ cause, endpoint }: Props): ReactElement {
  const { run, candidate } = useSelection();
  const { data } = useCauseEndpoints({ run: run.id, candidate }, cause.signature);
  const others = (data?.endpoints ?? []).filter((each) => each.endpoint !== endpoint);
  const rest = cause.endpoints - 1 - Math.min(others.length, MAX_NAMED);
  return (
    <p className="muted">
      Also on{" "}
      {others.slice(0, MAX_NAMED).map(({ endpoint: name, route }, index) => (
        <span key={`${route} ${name}`}>
          {index === 0 ? "" : ", "}
          <Link to="/endpoint" search={{ name, route, cause: cause.signature }} className="mono-link">
            {name}
          </Link>
        </span>
      ))}
      {rest <= 0 ? "" : `${others.length === 0 ? "" : " and "}${formatPlural(rest, "other endpoint")}`}: a review
      applies to all of them.
    </p>
  );
}
