import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { DecidingPart, Isolation } from "../../../../src/model/isolate/isolation.ts";
import { isActive, useStopIsolation } from "../../data/isolations.ts";
import { CopyButton } from "../../ui/copy-button.tsx";
import { ErrorMessage } from "../../ui/error-message.tsx";
import { MarkedText } from "../../ui/text/marked-text.tsx";
import { SafeText } from "../../ui/text/safe-text.tsx";
import { formatDateTime } from "../../ui/time.ts";
import { progressText } from "./isolation-words.ts";
import { StateBadge } from "./state-badge.tsx";

/** One isolation: what it does or how it ended, the parts that decide, and the smallest request so far. */
export function IsolationView({ isolation }: { readonly isolation: Isolation }): ReactElement {
  const { state, message, request, deciding, sampleId } = isolation;
  const stop = useStopIsolation();
  return (
    <div data-state={state}>
      <output className="isolation-message">
        <StateBadge state={state} /> <MarkedText text={message} values={deciding.map(({ value }) => value)} />
      </output>
      <Progress isolation={isolation} />
      {isActive(isolation) ? (
        <p className="buttons">
          <button type="button" data-stop disabled={stop.isPending} onClick={() => stop.mutate(isolation.id)}>
            Stop
          </button>
        </p>
      ) : null}
      <ErrorMessage error={stop.error} />
      {deciding.length === 0 ? null : <DecidingParts deciding={deciding} />}
      {request === null ? null : (
        <>
          <h3>{state === "isolated" ? "The request" : "The smallest request so far"}</h3>
          <pre className="command isolated-request" data-curl>
            <SafeText text={request.curl} />
          </pre>
          <p className="buttons">
            <CopyButton text={request.curl} label="Copy as curl" />
          </p>
        </>
      )}
      <p className="hint">
        Started {formatDateTime(isolation.startedAt)} by <SafeText text={isolation.by} />
        {state === "armed" ? "" : ", from "}
        {state === "armed" ? null : sampleId === null ? (
          "a live request"
        ) : (
          <Link to="/sample/$id" params={{ id: sampleId }} search={{ cause: isolation.signature }}>
            a stored exchange
          </Link>
        )}
        .
      </p>
    </div>
  );
}

function Progress({ isolation }: { readonly isolation: Isolation }): ReactElement | null {
  if (isolation.state === "armed") return null;
  const text = progressText(isolation);
  return (
    <p className="isolation-progress">
      {isActive(isolation) ? (
        <progress aria-label="Requests sent" max={isolation.maxProbes} value={isolation.probes} />
      ) : null}
      <span data-progress>{text}</span>
    </p>
  );
}

/** The parts without which the cause is gone. */
function DecidingParts({ deciding }: { readonly deciding: readonly DecidingPart[] }): ReactElement {
  return (
    <>
      <h3>What decides</h3>
      <ul className="deciding-parts">
        {deciding.map((part) => (
          <li key={`${part.kind} ${part.name}`} data-deciding={part.name}>
            <span className="muted">{part.kind}:</span> <MarkedText text={part.words} values={[part.value]} />
          </li>
        ))}
      </ul>
    </>
  );
}
