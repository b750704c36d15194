import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { TailRow } from "../../../src/model/views/tail.ts";
import { formatStatus, formatStatusChange } from "../../../src/presentation/statuses/status-change.ts";
import { formatField, kindWords } from "../../../src/presentation/words/difference-words.ts";
import { formatCount, formatDuration } from "../../../src/presentation/words/number-format.ts";
import { formatTimeOfDay } from "../ui/time.ts";

/** Fields named in a row; their number is the rest. */
const NAMED_FIELDS = 2;

/** One exchange. Those kept as a sample are links. */
export function TailCells({
  row,
  onEndpoint,
}: {
  readonly row: TailRow;
  readonly onEndpoint: (name: string) => void;
}): ReactElement {
  const { at, method, target, endpoint, primaryStatus, candidateStatus, primaryMs, candidateMs, sample, candidate } =
    row;
  const request = (
    <>
      <span className="tail-method">{method}</span> {target}
    </>
  );
  const isChanged = primaryStatus !== candidateStatus;
  return (
    <tr data-tail data-row={sample === null ? undefined : true}>
      <td className="nowrap muted">{formatTimeOfDay(at)}</td>
      <th scope="row" className="tail-request" title={`${method} ${target}`}>
        {sample === null ? (
          <span className="mono-link">{request}</span>
        ) : (
          <Link to="/sample/$id" params={{ id: sample }} search={{ candidate }} className="mono-link">
            {request}
          </Link>
        )}
      </th>
      <td className="tail-name">
        <button type="button" title={`Only ${endpoint}`} onClick={() => onEndpoint(endpoint)}>
          {endpoint}
        </button>
      </td>
      <td className="nowrap">
        <span className={isChanged ? "tail-changed" : undefined}>
          {isChanged
            ? formatStatusChange({ primary: primaryStatus, candidate: candidateStatus })
            : formatStatus(primaryStatus)}
        </span>
      </td>
      <td className="tail-fields">
        <FieldTexts row={row} />
      </td>
      <td className="number">{formatDuration(primaryMs)}</td>
      <td className="number">{formatDuration(candidateMs)}</td>
    </tr>
  );
}

function FieldTexts({ row: { fields, fieldCount } }: { readonly row: TailRow }): ReactElement {
  if (fieldCount === 0) {
    return (
      <span className="tail-equal">
        <span aria-hidden="true">✓</span> equal
      </span>
    );
  }
  // Real differences first: noise may take the few names that fit.
  const sorted = fields.toSorted((one, other) => Number(one.mark !== "raw") - Number(other.mark !== "raw"));
  return (
    <>
      {sorted.slice(0, NAMED_FIELDS).map(({ section, path, kind, mark }) => (
        <span key={`${section} ${path} ${kind}`} className={mark === "raw" ? "tail-real" : "tail-noise"}>
          {mark === "raw" ? "" : "≈ noise: "}
          {formatField({ section, path })}
          {section === "status" || section === "transport" ? "" : ` ${kindWords(kind)}`}
        </span>
      ))}
      {fieldCount <= NAMED_FIELDS ? null : (
        <span className="muted">+ {formatCount(fieldCount - NAMED_FIELDS)} more</span>
      )}
    </>
  );
}
