import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { EndpointReport, FieldReport } from "../../../src/model/report.ts";
import { formatCount, formatPercent } from "../format/numbers.ts";
import type { EndpointSearch } from "../search.ts";
import { CHOICE } from "./choice-link.ts";
import { VerdictBadge } from "./verdict-badge.tsx";

const FIELD_VERDICTS = ["real", "likely", "noise"] as const;
const RANK: Record<FieldReport["verdict"], number> = { real: 2, likely: 1, noise: 0 };

interface Props {
  readonly endpoint: EndpointReport;
  readonly search: EndpointSearch;
}

/** Where the candidate's answers differ, the surest and most frequent first. */
export function FieldTable({ endpoint, search }: Props): ReactElement {
  const shown = endpoint.differences
    .filter((field) => search.show === undefined || field.verdict === search.show)
    .sort((one, two) => RANK[two.verdict] - RANK[one.verdict] || two.count - one.count);
  return (
    <section className="panel" aria-labelledby="fields-title">
      <div className="panel-head">
        <h2 id="fields-title">Differing fields</h2>
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
                {endpoint.differences.filter(({ verdict }) => show === undefined || verdict === show).length}
              </span>
            </Link>
          ))}
        </nav>
      </div>
      {shown.length === 0 ? (
        <p className="hint">
          {endpoint.differences.length === 0 ? "No field differs." : "No field of this kind differs."}
        </p>
      ) : (
        <div className="scroll">
          <table>
            <caption className="hidden">Fields of {endpoint.endpoint} that differ</caption>
            <thead>
              <tr>
                <th scope="col">Field</th>
                <th scope="col">Section</th>
                <th scope="col">Kind</th>
                <th scope="col">Verdict</th>
                <th scope="col" className="number" title="Exchanges in which primary and candidate differ here">
                  Candidate differs
                </th>
                <th scope="col" className="number" title="Exchanges in which primary and secondary differ here">
                  Secondary differs
                </th>
                <th scope="col" className="number" title="Exchanges in which both pairs differ here">
                  Both
                </th>
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
      <td>
        <VerdictBadge verdict={field.verdict} />
      </td>
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
    </tr>
  );
}
