import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { EndpointReport, FieldReport } from "../../../src/model/report.ts";
import { formatCount, formatPercent } from "../ui/numbers.ts";
import type { EndpointSearch } from "../search-params.ts";
import { relationWords } from "../../../src/presentation/difference-words.ts";
import { evidenceWords } from "../ui/words.ts";
import { CHOICE } from "../ui/choice-link.ts";
import { VerdictBadge } from "../ui/verdict-badge.tsx";

const FIELD_VERDICTS = ["real", "likely", "noise"] as const;
const RANK: Record<FieldReport["verdict"], number> = { real: 2, likely: 1, noise: 0 };

interface Props {
  readonly endpoint: EndpointReport;
  readonly search: EndpointSearch;
}

/**
 * Where the candidate's answers differ, the surest and most frequent first.
 * @param cause only the fields of this one; undefined: those of the endpoint
 */
export function FieldTable({ endpoint, search, cause }: Props & { readonly cause?: string }): ReactElement {
  const fields = endpoint.differences.filter((field) => cause === undefined || field.cause === cause);
  const title = cause === undefined ? "fields-title" : "cause-fields-title";
  const shown = fields
    .filter((field) => search.show === undefined || field.verdict === search.show)
    .sort((one, two) => RANK[two.verdict] - RANK[one.verdict] || two.count - one.count);
  return (
    <section className="panel" aria-labelledby={title}>
      <div className="panel-head">
        <h2 id={title}>{cause === undefined ? "All differing fields" : "Fields of this cause"}</h2>
        <DiffyChoice search={search} />
        <nav className="choice" aria-label="Kind of difference">
          {[undefined, ...FIELD_VERDICTS].map((show) => (
            <Link
              key={show ?? "all"}
              to="/endpoint"
              search={(last) => ({ ...last, name: search.name, show })}
              {...CHOICE}
            >
              {show ?? "all"}{" "}
              <span className="soft">
                {fields.filter(({ verdict }) => show === undefined || verdict === show).length}
              </span>
            </Link>
          ))}
        </nav>
      </div>
      {shown.length === 0 ? (
        <p className="hint">{fields.length === 0 ? "No field differs." : "No field of this kind differs."}</p>
      ) : (
        <div className="scroll">
          <table>
            <caption className="hidden">Fields of {endpoint.endpoint} that differ</caption>
            <thead>
              <tr>
                <th scope="col">Field</th>
                <th scope="col">Section</th>
                <th scope="col">Kind</th>
                <th scope="col">What explains it</th>
                <th scope="col">Verdict</th>
                <th scope="col">Evidence</th>
                <th scope="col" className="number" title="Exchanges in which primary and candidate differ here">
                  Candidate differs
                </th>
                <th scope="col" className="number" title="Exchanges in which primary and secondary differ here">
                  Secondary differs
                </th>
                <th scope="col" className="number" title="Exchanges in which both pairs differ here">
                  Both
                </th>
                {search.diffy === "shown" ? (
                  <th scope="col" className="number" title="Relative and absolute difference, as Diffy computes them">
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

function DiffyChoice({ search }: Pick<Props, "search">): ReactElement {
  const shown = search.diffy === "shown";
  return (
    <Link
      to="/endpoint"
      search={(last) => ({ ...last, name: search.name, diffy: shown ? undefined : "shown" })}
      replace
      resetScroll={false}
      className="small"
    >
      {shown ? "Hide Diffy’s numbers" : "Show Diffy’s numbers"}
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
          {section === "status" || section === "transport" ? section : path}
        </Link>
      </th>
      <td>{section}</td>
      <td>{field.kind}</td>
      <td>{relationWords(field.relation)}</td>
      <td>
        <VerdictBadge verdict={field.verdict} />
        {field.rule === null ? null : <span className="soft small"> rule {field.rule}</span>}
      </td>
      <td className="nowrap">{evidenceWords(field.verdict, field.evidence)}</td>
      <td className="number">
        {formatCount(field.count)}{" "}
        <span className="soft small">
          {endpoint.compared === 0 ? "" : formatPercent(field.count / endpoint.compared)}
        </span>
      </td>
      <td className="number soft">
        {endpoint.noiseCompared === 0 ? "–" : formatCount(field.noise)}{" "}
        <span className="small">
          {endpoint.noiseCompared === 0 ? "" : formatPercent(field.noise / endpoint.noiseCompared)}
        </span>
      </td>
      <td className="number soft">{endpoint.noiseCompared === 0 ? "–" : formatCount(field.both)}</td>
      {search.diffy === "shown" ? (
        <td className="number soft">
          {field.diffy.relative.toFixed(1)} % / {field.diffy.absolute.toFixed(2)} %{" "}
          {field.diffy.flagged ? "a difference" : "noise"}
        </td>
      ) : null}
    </tr>
  );
}
