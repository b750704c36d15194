import { Link } from "@tanstack/react-router";
import { useState, type ReactElement } from "react";
import type { Difference, DifferingField } from "../../../src/model/difference.ts";
import type { SampleDetail } from "../../../src/model/sample.ts";
import { bySection } from "../../../src/presentation/order/cause-order.ts";
import { formatField, kindWords, markWords, relationWords } from "../../../src/presentation/words/difference-words.ts";
import { DecisionPanel } from "../decide/decision-panel.tsx";
import { VerdictBadge } from "../ui/verdict-badge.tsx";
import { ChangedValues } from "./changed-values.tsx";
import { ROOT_PLACE } from "./diff/line-path.ts";
import type { Finding, Findings } from "./use-findings.ts";

function markOf(fields: readonly DifferingField[], { section, path, kind }: Difference): DifferingField["mark"] {
  return fields.find((field) => field.section === section && field.path === path && field.kind === kind)?.mark ?? "raw";
}

/** The place on this page that shows a difference; undefined for the status, which is above all else. */
function placeOf({ section, path, pointer }: Difference): string | undefined {
  if (section === "body") return pointer === "" ? ROOT_PLACE : pointer;
  return section === "header" || section === "trailer" ? `${section} ${path}` : undefined;
}

interface Props {
  readonly sample: SampleDetail;
  readonly findings: Findings;
}

/** The differences that the comparison found and counted in this exchange: status before body before headers. */
export function DifferenceList({ sample, findings }: Props): ReactElement {
  const [ignored, setIgnored] = useState<Difference>();
  if (sample.differences.length === 0) {
    return <p className="hint">The candidate does not differ from the primary.</p>;
  }
  return (
    <>
      <div className="scroll scroll-low difference-list">
        <table>
          <caption className="visually-hidden">Differences of this exchange</caption>
          <thead>
            <tr>
              <th scope="col">Field</th>
              <th scope="col">Kind</th>
              <th scope="col">Primary</th>
              <th scope="col">Candidate</th>
              <th scope="col">Verdict</th>
              <th scope="col">
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {sample.differences.toSorted(bySection).map((difference, index) => (
              // A difference has no id, and the list of a stored exchange never changes.
              // oxlint-disable-next-line react/no-array-index-key
              <tr key={index}>
                <th scope="row">
                  <FieldLink difference={difference} />
                </th>
                <td>
                  {kindWords(difference.kind)}
                  {difference.relation === null ? null : (
                    <span className="subline muted small">{relationWords(difference.relation)}</span>
                  )}
                </td>
                <ChangedValues {...difference} />
                <td>
                  <FindingText finding={findings(difference)} seenIn={markWords(markOf(sample.fields, difference))} />
                </td>
                <td className="number">
                  <button
                    type="button"
                    aria-label={`Ignore ${formatField(difference)}`}
                    aria-expanded={ignored === difference}
                    onClick={() => setIgnored(ignored === difference ? undefined : difference)}
                  >
                    Ignore …
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {ignored === undefined ? null : (
        <DecisionPanel
          key={formatField(ignored)}
          kind="ignore"
          target={{ causes: [], fields: [{ endpoint: sample.endpoint, ...fieldOf(ignored) }] }}
          onClose={() => setIgnored(undefined)}
        />
      )}
    </>
  );
}

function fieldOf({ section, path, kind }: Difference): Pick<Difference, "section" | "path" | "kind"> {
  return { section, path, kind };
}

const EXCUSED = { ignored: "∅", accepted: "✓" } as const;

/** A difference that does not count shows why, and not how certain it is. */
function FindingBadge({ finding }: { readonly finding: Finding }): ReactElement {
  const { state, verdict } = finding;
  if (state === "counts") return <VerdictBadge verdict={verdict} />;
  return (
    <span className="badge badge-noise">
      <span aria-hidden="true">{EXCUSED[state]}</span> {state}
    </span>
  );
}

/** The verdict of the report about the field, in all exchanges; the responses that differ here. */
function FindingText({
  finding,
  seenIn,
}: {
  readonly finding: Finding | undefined;
  readonly seenIn: string;
}): ReactElement {
  return (
    <>
      {finding === undefined ? null : <FindingBadge finding={finding} />}
      <span className="subline muted small">
        {finding === undefined || finding.excuse === "" ? seenIn : finding.excuse}
      </span>
    </>
  );
}

function FieldLink({ difference }: { readonly difference: Difference }): ReactElement {
  const at = placeOf(difference);
  const field = formatField(difference);
  if (at === undefined) return <code>{field}</code>;
  return (
    <Link
      from="/sample/$id"
      to="."
      params
      search={(last) => ({ ...last, against: undefined, at })}
      {...(difference.section === "body" ? { hash: "body" } : {})}
      className="mono-link"
      resetScroll={false}
      replace
    >
      {field}
    </Link>
  );
}
