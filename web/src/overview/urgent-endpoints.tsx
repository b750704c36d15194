import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { formatCount } from "../../../src/presentation/words/number-format.ts";
import { useEndpoints } from "../data/queries.ts";
import { useSelection } from "../data/selection.ts";
import { ENDPOINT_COLUMNS, EndpointCells } from "../endpoints/endpoint-columns.tsx";
import { QueryState } from "../ui/query-state.tsx";

const MAX_ENDPOINTS = 8;

/** The most urgent endpoints that do not pass, with a link to all of them. */
export function UrgentEndpoints(): ReactElement {
  const { run, candidate } = useSelection();
  const page = useEndpoints({ run: run.id, candidate }, { limit: MAX_ENDPOINTS });
  return (
    <section className="panel" aria-labelledby="endpoints-title">
      <div className="panel-head">
        <h2 id="endpoints-title">Endpoints that need attention</h2>
        <Link to="/endpoints">
          {page.data === undefined ? "All endpoints" : `All ${formatCount(page.data.counts.total)} endpoints`}
        </Link>
      </div>
      <QueryState query={page} what="the endpoints">
        {({ endpoints, hasRoutes }) => {
          const urgent = endpoints.filter(({ verdict }) => verdict !== "pass");
          if (urgent.length === 0) return <p className="hint">Every endpoint passes.</p>;
          return (
            <div className="scroll">
              <table data-first-focus>
                <caption className="visually-hidden">Endpoints that do not pass, most urgent first</caption>
                <thead>
                  <tr>
                    <th scope="col">Endpoint</th>
                    {ENDPOINT_COLUMNS.map(({ key, label, title, isText = false }) => (
                      <th key={key} scope="col" className={isText ? undefined : "number"} title={title}>
                        {label}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {urgent.map((endpoint) => (
                    <tr key={`${endpoint.route} ${endpoint.endpoint}`} data-row data-endpoint={endpoint.endpoint}>
                      <EndpointCells endpoint={endpoint} hasRoutes={hasRoutes} />
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          );
        }}
      </QueryState>
    </section>
  );
}
