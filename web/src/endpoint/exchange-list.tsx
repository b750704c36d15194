import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { EndpointReport } from "../../../src/model/report.ts";
import { SECTIONS } from "../../../src/model/difference.ts";
import { formatField } from "../../../src/presentation/words/difference-words.ts";
import { byQuery, samplesQuery, type ReportScope } from "../data/queries.ts";
import { useSelection } from "../data/selection.ts";
import { SampleTable } from "../exchange/list/sample-table.tsx";
import type { EndpointSearch } from "../search-params.ts";
import { QueryState } from "../ui/query-state.tsx";
import { ParameterFilter } from "./parameters/parameter-filter.tsx";
import { FieldDetails } from "./fields/field-details.tsx";

const LIMIT = 50;

interface Props {
  readonly endpoint: EndpointReport;
  readonly search: EndpointSearch;
}

/** Stored exchanges of an endpoint: those with the open cause that differ in the selected field or below it. */
export function ExchangeList({ endpoint, search }: Props): ReactElement {
  const { run, candidate } = useSelection();
  const scope = { run: run.id, candidate };
  // While the exchanges of another filter are loading, the last ones stay; those of another endpoint or run do not.
  return (
    <FilteredExchanges
      key={`${run.id} ${candidate} ${search.name}`}
      scope={scope}
      endpoint={endpoint}
      search={search}
    />
  );
}

function FilteredExchanges({ scope, endpoint, search }: Props & { readonly scope: ReportScope }): ReactElement {
  const { name, section, path, cause, query, without } = search;
  const samples = useQuery({
    ...samplesQuery({ ...scope, endpoint: name, section, under: path, cause, ...byQuery(search), limit: LIMIT }),
    placeholderData: keepPreviousData,
  });
  const selected = endpoint.differences.filter((field) => field.section === section && field.path === path);
  return (
    <section className="panel exchanges" aria-labelledby="samples-title" aria-busy={samples.isPlaceholderData}>
      <div className="panel-head">
        <h2 id="samples-title">{cause === undefined ? "Exchanges" : "Exchanges with this cause"}</h2>
        {samples.isPlaceholderData ? <output className="loading muted">Loading…</output> : null}
        <ParameterFilter parameters={endpoint.parameters} search={search} />
        <Filters search={search} />
      </div>
      {selected.map((field) => (
        <FieldDetails key={field.kind} field={field} />
      ))}
      <QueryState query={samples} what="the exchanges">
        {({ samples: heads }) =>
          heads.length === 0 ? (
            <p className="hint">
              No stored exchanges. A few exchanges are stored per differing field; old ones are deleted when they exceed
              the retention limits.
            </p>
          ) : (
            <SampleTable heads={heads} search={{ section, path, cause, query, without }} />
          )
        }
      </QueryState>
    </section>
  );
}

/** What limits the list; each filter can be removed. */
function Filters({ search }: Pick<Props, "search">): ReactElement | null {
  const { name, section, path } = search;
  if (section === undefined) return null;
  return (
    <Link
      to="/endpoint"
      search={(last) => ({ ...last, name, section: undefined, path: undefined })}
      resetScroll={false}
      className="chip"
    >
      differ in <code>{path === undefined ? section : fieldText(section, path)}</code> <span aria-hidden="true">×</span>
      <span className="visually-hidden">: remove this filter</span>
    </Link>
  );
}

function fieldText(section: string, path: string): string {
  const known = SECTIONS.find((each) => each === section);
  return known === undefined ? `${section} ${path}` : formatField({ section: known, path });
}
