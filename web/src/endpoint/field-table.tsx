import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { EndpointReport, FieldReport } from "../../../src/model/report.ts";
import { failureText } from "../../../src/presentation/words/failure-words.ts";
import { featureText } from "../../../src/presentation/words/feature-words.ts";
import { formatField, kindWords, relationWords } from "../../../src/presentation/words/difference-words.ts";
import { fieldNotes } from "../../../src/presentation/words/field-notes.ts";
import { formatCount, formatShare, NOT_MEASURED } from "../../../src/presentation/words/number-format.ts";
import type { EndpointSearch } from "../search-params.ts";

import { SEGMENT_LINK } from "../ui/segment-link.ts";
import { VerdictBadge } from "../ui/verdict-badge.tsx";

const FIELD_VERDICTS = ["real", "likely", "noise"] as const;
const RANK: Record<FieldReport["verdict"], number> = { real: 2, likely: 1, noise: 0 };

/** Higher odds are not shown: the digits carry no information. */
const MAX_ODDS = 1_000_000;

/** The evidence that a field differs beyond noise. An e-value is the odds, its natural logarithm is in the report. */
function evidenceText({ verdict, evidence }: FieldReport): string {
  if (verdict !== "real") return verdict;
  const odds = Math.exp(evidence);
  return odds >= MAX_ODDS ? `odds of ${formatCount(MAX_ODDS)} : 1 or more` : `odds of ${formatCount(odds)} : 1`;
}

interface Props {
  readonly endpoint: EndpointReport;
  readonly search: EndpointSearch;
}

/**
 * Fields in which the candidate's responses differ: real before noise, then by frequency.
 * @param cause signature of a cause: only its fields, whatever the filter
 */
export function FieldTable({ endpoint, search, cause }: Props & { readonly cause?: string }): ReactElement {
  const fields = endpoint.differences.filter((field) => cause === undefined || field.cause === cause);
  const title = cause === undefined ? "fields-title" : "cause-fields-title";
  const shown = fields
    .filter((field) => cause !== undefined || search.show === undefined || field.verdict === search.show)
    .sort((left, right) => RANK[right.verdict] - RANK[left.verdict] || right.count - left.count);
  return (
    <section className="panel" aria-labelledby={title}>
      <div className="panel-head">
        <h2 id={title}>{cause === undefined ? "Differing fields" : "Fields in this cause"}</h2>
        {cause === undefined ? <TableControls fields={fields} search={search} /> : null}
      </div>
      {shown.length === 0 ? (
        <p className="hint">{fields.length === 0 ? "No field differs." : "No field has this verdict."}</p>
      ) : (
        <div className="scroll">
          <table>
            <caption className="visually-hidden">Fields of {endpoint.endpoint} that differ</caption>
            <thead>
              <tr>
                <th scope="col">Field</th>

                <th scope="col">Kind</th>
                <th scope="col">Explanation</th>
                <th scope="col">Verdict</th>
                <th scope="col">Evidence</th>
                <th scope="col" className="number" title="Exchanges in which the candidate differs from the primary">
                  Candidate differs
                </th>
                <th scope="col" className="number" title="Exchanges in which the secondary differs from the primary">
                  Secondary differs
                </th>
                <th scope="col" className="number" title="Exchanges in which both differ from the primary">
                  Both
                </th>
                {search.diffy === "shown" ? (
                  <th scope="col" className="number" title="Relative and absolute difference, computed like Diffy">
                    Diffy
                  </th>
                ) : null}
              </tr>
            </thead>
            <tbody>
              {shown.map((field) => (
                <FieldRow
                  key={`${field.section} ${field.path} ${field.kind}`}
                  field={field}
                  endpoint={endpoint}
                  search={search}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

interface ControlsProps {
  readonly fields: readonly FieldReport[];
  readonly search: EndpointSearch;
}

function TableControls({ fields, search }: ControlsProps): ReactElement {
  return (
    <>
      <DiffyToggle search={search} />
      <nav className="segmented" aria-label="Filter by verdict">
        {[undefined, ...FIELD_VERDICTS].map((show) => (
          <Link
            key={show ?? "all"}
            to="/endpoint"
            search={(last) => ({ ...last, name: search.name, show })}
            {...SEGMENT_LINK}
          >
            {show ?? "all"}{" "}
            <span className="muted">
              {fields.filter(({ verdict }) => show === undefined || verdict === show).length}
            </span>
          </Link>
        ))}
      </nav>
    </>
  );
}

function DiffyToggle({ search }: Pick<Props, "search">): ReactElement {
  const shown = search.diffy === "shown";
  return (
    <Link
      to="/endpoint"
      search={(last) => ({ ...last, name: search.name, diffy: shown ? undefined : "shown" })}
      replace
      resetScroll={false}
      className="small"
    >
      {shown ? "Hide Diffy numbers" : "Show Diffy numbers"}
    </Link>
  );
}

function FieldRow({ field, endpoint, search }: Props & { readonly field: FieldReport }): ReactElement {
  const { section, path } = field;
  const selected = search.section === section && search.path === path;
  return (
    <tr data-row data-field={`${section} ${path} ${field.kind}`} className={selected ? "selected" : undefined}>
      <th scope="row">
        <Link
          to="/endpoint"
          search={(last) => ({ ...last, name: search.name, section, path })}
          resetScroll={false}
          className="mono-link"
        >
          {formatField(field)}
        </Link>
      </th>

      <td>{kindWords(field.kind)}</td>
      <td>
        {relationWords(field.relation)}
        {(field.failures ?? []).map((failure) => (
          <div key={`${failure.reason} ${failure.address}`} className="small">
            {failureText(failure)}: {formatCount(failure.count)}
          </div>
        ))}
        {field.features.map((feature) => (
          <div key={feature.feature} className="small">
            {featureText(feature)}
          </div>
        ))}
      </td>
      <td>
        <VerdictBadge verdict={field.verdict} />
        {field.rule === null ? null : <span className="muted small"> rule {field.rule}</span>}
      </td>
      <td>
        {evidenceText(field)}
        {fieldNotes(field).map((note) => (
          <div key={note} className="muted small">
            {note}
          </div>
        ))}
      </td>
      <td className="number">
        {formatCount(field.count)}{" "}
        <span className="muted small">
          {endpoint.compared === 0 ? "" : formatShare(field.count / endpoint.compared)}
        </span>
      </td>
      <td className="number muted">
        {endpoint.noiseCompared === 0 ? NOT_MEASURED : formatCount(field.noise)}{" "}
        <span className="small">
          {endpoint.noiseCompared === 0 ? "" : formatShare(field.noise / endpoint.noiseCompared)}
        </span>
      </td>
      <td className="number muted">{endpoint.noiseCompared === 0 ? NOT_MEASURED : formatCount(field.both)}</td>
      {search.diffy === "shown" ? (
        <td className="number muted">
          {formatShare(field.diffy.relative / 100)} / {formatShare(field.diffy.absolute / 100)}{" "}
          {field.diffy.flagged ? "difference" : "noise"}
        </td>
      ) : null}
    </tr>
  );
}
