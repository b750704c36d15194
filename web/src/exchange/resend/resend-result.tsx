import { Link } from "@tanstack/react-router";
import { useEffect, useRef, type ReactElement } from "react";
import type { Role } from "../../../../src/model/capture.ts";
import type { ProbeLeg } from "../../../../src/model/isolate/probe.ts";
import type { Resend } from "../../../../src/model/isolate/resend.ts";
import type { SampleDetail } from "../../../../src/model/sample.ts";
import { formatStatus } from "../../../../src/presentation/statuses/status-change.ts";
import { differenceWords, formatField } from "../../../../src/presentation/words/difference-words.ts";
import { formatDuration } from "../../../../src/presentation/words/number-format.ts";
import { SafeText } from "../../ui/text/safe-text.tsx";
import { Scroll } from "../../ui/scroll.tsx";
import { formatDateTime } from "../../ui/time.ts";
import { ChangedValues } from "../changed-values.tsx";
import { causeLook, OUTCOME_LOOKS } from "./resend-words.ts";

interface Props {
  readonly sample: SampleDetail;
  readonly resent: Resend;
}

/** How a stored request is answered now. */
export function ResendResult({ sample, resent }: Props): ReactElement {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  const { glyph, word, badge } = OUTCOME_LOOKS[resent.outcome];
  return (
    <section className="panel" aria-labelledby="resent-title" data-resent={resent.outcome}>
      <div className="panel-head">
        <h2 id="resent-title" ref={title} tabIndex={-1}>
          Sent again
        </h2>
        <span className="muted">{formatDateTime(resent.at)}</span>
      </div>
      <output className="resent-message">
        <span className={`badge badge-${badge}`}>
          <span aria-hidden="true">{glyph}</span> {word}
        </span>{" "}
        <SafeText text={resent.message} />
      </output>
      <ul className="resent-causes">
        {resent.causes.map(({ signature, title: name, shows }) => (
          <li key={signature}>
            <CauseOutcome {...causeLook(shows, resent.leftOut)} />:{" "}
            <Link
              to="/causes/$signature"
              params={{ signature }}
              search={{ name: sample.endpoint, route: sample.route }}
            >
              <SafeText text={name} />
            </Link>
          </li>
        ))}
      </ul>
      <LegTable resent={resent} sample={sample} />
      {resent.differences.length === 0 ? null : <DifferenceTable resent={resent} />}
    </section>
  );
}

function CauseOutcome({ glyph, word }: { readonly glyph: string; readonly word: string }): ReactElement {
  return (
    <>
      <span aria-hidden="true">{glyph}</span> {word}
    </>
  );
}

const ROLES = ["primary", "candidate", "secondary"] as const satisfies readonly Role[];

/** The statuses now, next to those of the stored exchange. */
function LegTable({ resent, sample }: { readonly resent: Resend; readonly sample: SampleDetail }): ReactElement {
  const rows = ROLES.flatMap((role) => {
    const leg = resent.legs?.[role];
    return leg === null || leg === undefined ? [] : [{ role, leg, before: sample.legs[role]?.status }];
  });
  return (
    <Scroll>
      <table className="resent">
        <caption className="visually-hidden">Responses then and now</caption>
        <thead>
          <tr>
            <th scope="col">Role</th>
            <th scope="col">Then</th>
            <th scope="col">Now</th>
            <th scope="col">Address</th>
            <th scope="col" className="number">
              Took
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ role, leg, before }) => (
            <tr key={role} data-resent-role={role}>
              <th scope="row" className="nowrap">
                {role} <b>{leg.subset}</b>
              </th>
              <td>{before === undefined ? "–" : formatStatus(before)}</td>
              <td className="value">
                <LegStatus leg={leg} />
              </td>
              <td className="value">{leg.address === null ? "–" : <SafeText text={leg.address} />}</td>
              <td className="number">{formatDuration(leg.ms)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function LegStatus({ leg: { status, failure } }: { readonly leg: ProbeLeg }): ReactElement {
  return failure === null ? <>{formatStatus(status)}</> : <SafeText text={failure} />;
}

function DifferenceTable({ resent: { differences } }: { readonly resent: Resend }): ReactElement {
  return (
    <Scroll>
      <table className="resent">
        <caption className="visually-hidden">Differences between the responses of now</caption>
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Kind</th>
            <th scope="col">Primary</th>
            <th scope="col">Candidate</th>
          </tr>
        </thead>
        <tbody>
          {differences.map((difference, index) => (
            // A difference has no id, and this list never changes.
            // oxlint-disable-next-line react/no-array-index-key
            <tr key={index}>
              <th scope="row" className="value">
                <code>
                  <SafeText text={formatField(difference)} />
                </code>
              </th>
              <td>{differenceWords(difference)}</td>
              <ChangedValues {...difference} />
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
