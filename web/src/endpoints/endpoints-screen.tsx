import { useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { useEndpoints } from "../data/queries.ts";
import { useSelection } from "../data/selection.ts";
import type { EndpointsSearch } from "../search-params.ts";
import { QueryState } from "../ui/query-state.tsx";
import { useTitle } from "../ui/use-title.ts";
import { EndpointFilter } from "./endpoint-filter.tsx";
import { EndpointTable } from "./endpoint-table.tsx";
import { TemplateProposals } from "./template-proposals.tsx";
import "./endpoints.css";

/** `/endpoints`: all endpoints; the URL holds filter and order. */
export function EndpointsScreen(): ReactElement {
  const search = useSearch({ from: "/endpoints" });
  const { run, candidate } = useSelection();
  const navigate = useNavigate();
  const { q, verdict, sort, dir } = search;
  const page = useEndpoints({ run: run.id, candidate }, { q, verdict, sort, dir });
  useTitle("Endpoints");
  const change = (next: EndpointsSearch): void => {
    void navigate({ to: "/endpoints", search: (last) => ({ ...last, ...next }), replace: true, resetScroll: false });
  };
  return (
    <>
      <TemplateProposals limit={10} />
      <section className="panel" aria-labelledby="endpoints-title">
        <div className="panel-head">
          <h1 id="endpoints-title">Endpoints</h1>
          <EndpointFilter search={search} counts={page.data?.counts} onChange={change} />
        </div>
        <QueryState query={page} what="the endpoints">
          {(data) => (
            <>
              <EndpointTable page={data} search={search} onChange={change} />
              {data.matching === 0 ? <p className="hint">No endpoint matches the filter.</p> : null}
            </>
          )}
        </QueryState>
      </section>
    </>
  );
}
