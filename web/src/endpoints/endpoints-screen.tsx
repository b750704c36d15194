import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useState, type ReactElement } from "react";
import { formatPlural } from "../../../src/presentation/words/number-format.ts";
import type { ReportScope } from "../data/queries.ts";
import { useSelection } from "../data/selection.ts";
import type { EndpointsSearch } from "../search-params.ts";
import { NoTraffic } from "../shell/no-traffic.tsx";
import { QueryState } from "../ui/query-state.tsx";
import { useTitle } from "../ui/use-title.ts";
import { EndpointFilter } from "./endpoint-filter.tsx";
import { EndpointTable, type RowRange } from "./endpoint-table.tsx";
import { TemplateProposals } from "./template-proposals.tsx";
import { useEndpointRows } from "./use-endpoint-rows.ts";
import "./endpoints.css";

/** The rows to load before the table knows what is on the screen. */
const FIRST_ROWS: RowRange = { first: 0, last: 0 };

/** `/endpoints`: all endpoints; the URL holds filter and order. */
export function EndpointsScreen(): ReactElement {
  const { run, candidate } = useSelection();
  useTitle("Endpoints");
  return (
    <>
      <TemplateProposals limit={10} />
      {/* While the rows of another filter are loading, the last ones stay; those of another run do not. */}
      <EndpointList key={`${run.id} ${candidate}`} scope={{ run: run.id, candidate }} />
    </>
  );
}

function EndpointList({ scope }: { readonly scope: ReportScope }): ReactElement {
  const search = useSearch({ from: "/endpoints" });
  const { q, verdict, sort, dir } = search;
  const navigate = useNavigate();
  const [range, setRange] = useState(FIRST_ROWS);
  const rows = useEndpointRows(scope, { q, verdict, sort, dir }, range.first, range.last);
  const change = useCallback(
    (next: EndpointsSearch): void => {
      void navigate({ to: "/endpoints", search: (last) => ({ ...last, ...next }), replace: true, resetScroll: false });
    },
    [navigate],
  );
  return (
    <section className="panel" aria-labelledby="endpoints-title">
      <div className="panel-head">
        <h1 id="endpoints-title">Endpoints</h1>
        <output className="visually-hidden">
          {rows.data === undefined ? "" : formatPlural(rows.data.matching, "endpoint")}
        </output>
        <EndpointFilter search={search} counts={rows.data?.counts} onChange={change} />
      </div>
      <QueryState query={rows} what="the endpoints">
        {(data) => {
          if (data.matching > 0)
            return <EndpointTable rows={data} search={search} onChange={change} onRange={setRange} />;
          if (q === undefined && data.counts.total === 0) return <NoTraffic />;
          return <p className="hint">No endpoint matches the filter.</p>;
        }}
      </QueryState>
    </section>
  );
}
