import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { CauseReport, FieldVerdict } from "../../../../src/model/report.ts";
import type { OverviewCause } from "../../../../src/model/views/overview.ts";
import type { CauseTimes } from "../../../../src/model/views/timeline.ts";
import { explanationText } from "../../../../src/presentation/explain/cause-explanations.ts";
import { isFix } from "../../../../src/presentation/order/cause-order.ts";
import { causeStateText } from "../../../../src/presentation/statuses/status-rows.ts";
import { parameterPhrase } from "../../../../src/presentation/words/parameter-words.ts";
import { formatCount, formatPlural, NOT_MEASURED } from "../../../../src/presentation/words/number-format.ts";
import type { DecisionKind } from "../../decide/decision-target.ts";
import { useSelection } from "../../data/selection.ts";
import { useDecide } from "../../decide/use-decide.ts";
import { ErrorMessage } from "../../ui/error-message.tsx";
import { Sparkline } from "./sparkline.tsx";
import { formatDateTime, formatTimeOfDay } from "../../ui/time.ts";
import { SafeText } from "../../ui/text/safe-text.tsx";
import { VerdictBadge } from "../../ui/verdict-badge.tsx";

/** A first time that is known no better than this is marked. */
const EXACT_MS = 1_000;
/** Endpoints that a row names. */
const MAX_NAMED = 2;

/** What the verdict of a cause means. */
export const CAUSE_VERDICTS = {
  real: "noise does not explain it",
  likely: "it may still be noise, so it keeps the run from passing and proves no failure",
  noise: "the secondary differs too",
} as const satisfies Record<FieldVerdict, string>;

const DECISIONS = [
  ["accept", "Accept"],
  ["deny", "Deny"],
  ["ignore", "Ignore"],
] as const satisfies readonly (readonly [DecisionKind, string])[];

interface Props {
  readonly wide: OverviewCause;
  readonly onDecide: (kind: DecisionKind) => void;
  /** The decision about this cause that is being made. */
  readonly decision: ReactElement | null;
}

/** A cause with its endpoints, how certain it is, when it showed, and what can be decided about it. */
export function CauseRow({ wide, onDecide, decision }: Props): ReactElement {
  const { cause, endpoints, count, compared, times } = wide;
  const [first] = endpoints;
  return (
    <>
      <tr data-row data-cause={cause.signature}>
        <th scope="row">
          <Link
            to="/endpoint"
            search={{ name: first?.endpoint ?? "", route: first?.route, cause: cause.signature }}
            className="mono-link"
          >
            {cause.title}
          </Link>
          <Why wide={wide} />
          <Where wide={wide} />
          <CauseNotes cause={cause} />
        </th>
        <td title={CAUSE_VERDICTS[cause.verdict]}>
          <VerdictBadge verdict={cause.verdict} />
        </td>
        <td className="number">
          {formatCount(count)} <span className="muted">of {formatCount(compared)}</span>
        </td>
        <td>{times === undefined ? NOT_MEASURED : <Seen times={times} />}</td>
        <td className="cause-decisions">
          {isFix(cause) ? <AcceptFix wide={wide} /> : null}
          {DECISIONS.filter(([kind]) => kind !== "accept" || !isFix(cause)).map(([kind, verb]) => (
            <button key={kind} type="button" aria-label={`${verb} ${cause.title}`} onClick={() => onDecide(kind)}>
              {verb}
            </button>
          ))}
        </td>
      </tr>
      {decision === null ? null : (
        <tr className="decision-row">
          <td colSpan={5}>{decision}</td>
        </tr>
      )}
    </>
  );
}

/** What its exchanges have in common: leads to the page of the cause. */
function Why({ wide: { cause, endpoints } }: Pick<Props, "wide">): ReactElement | null {
  const text = explanationText(cause, endpoints);
  if (text === null) return null;
  const [first] = endpoints;
  return (
    <Link
      to="/causes/$signature"
      params={{ signature: cause.signature }}
      search={{ name: first?.endpoint, route: first?.route }}
      className="cause-why"
    >
      <SafeText text={text} />
    </Link>
  );
}

/** A server error that became a success needs no form: the reason says what happened. */
function AcceptFix({ wide: { cause, count } }: Pick<Props, "wide">): ReactElement {
  const { run, candidate } = useSelection();
  const decide = useDecide({ run: run.id, candidate });
  const { title, signature } = cause;
  const reason = `${title} in ${formatPlural(count, "exchange")}`;
  const accept = { kind: "review", decision: "accepted", signatures: [signature], reason, expiresAt: null } as const;
  return (
    <>
      <button
        type="button"
        disabled={decide.isPending}
        aria-label={`Accept ${title}`}
        onClick={() => decide.mutate({ ...accept, what: title })}
      >
        Accept fix
      </button>
      <ErrorMessage error={decide.error} />
    </>
  );
}

/** The endpoints that show the cause, each with a link to its exchanges. */
function Where({ wide: { cause, endpoints, endpointCount } }: Pick<Props, "wide">): ReactElement {
  const names = endpoints.map(({ endpoint, route }) => (
    <Link
      key={`${route} ${endpoint}`}
      to="/endpoint"
      search={{ name: endpoint, route, cause: cause.signature }}
      className="cause-endpoint"
    >
      {endpoint}
    </Link>
  ));
  const rest = endpointCount - MAX_NAMED;
  if (rest <= 0) return <span className="cause-where">{names}</span>;
  const unnamed = endpointCount - names.length;
  return (
    <details className="cause-where">
      <summary>
        <b>{formatPlural(endpointCount, "endpoint")}</b>{" "}
        <span className="muted">
          {endpoints
            .slice(0, MAX_NAMED)
            .map(({ endpoint }) => endpoint)
            .join(", ")}
          , …
        </span>
      </summary>
      <span className="cause-endpoints">
        {names}
        {unnamed > 0 ? <span className="muted">and {formatCount(unnamed)} more</span> : null}
      </span>
    </details>
  );
}

/** The state of the cause unless it is new, and the requests that explain it. */
function CauseNotes({ cause }: { readonly cause: CauseReport }): ReactElement | null {
  const phrase = cause.endpoints === 1 ? parameterPhrase(cause.parameters) : null;
  const notes = [...(cause.state === "new" ? [] : [stateText(cause)]), ...(phrase === null ? [] : [phrase])];
  return notes.length === 0 ? null : <span className="muted small subline">{notes.join("; ")}</span>;
}

function stateText(cause: CauseReport): string {
  const { isNewHere, review } = cause;
  if (!isNewHere || review === null) return causeStateText(cause);
  return `accepted on ${formatPlural(review.covers ?? 0, "other endpoint")}, new here`;
}

function Seen({ times }: { readonly times: CauseTimes }): ReactElement {
  const { firstSeen, firstSeenBy, lastSeen, counts } = times;
  const about = firstSeenBy - firstSeen > EXACT_MS ? "~" : "";
  const first =
    about === "" ? formatDateTime(firstSeen) : `${formatDateTime(firstSeen)} to ${formatTimeOfDay(firstSeenBy)}`;
  return (
    <span title={`First seen ${first}, last seen ${formatDateTime(lastSeen)}`}>
      <Sparkline values={counts} />
      <span className="muted small nowrap">
        {about}
        {formatTimeOfDay(firstSeen)} – {formatTimeOfDay(lastSeen)}
      </span>
    </span>
  );
}
