import type { ReactElement } from "react";
import type { EndpointPage, EndpointSortKey } from "../../../src/model/views/endpoint-page.ts";
import type { EndpointsSearch } from "../search-params.ts";
import { ENDPOINT_COLUMNS, EndpointCells } from "./endpoint-columns.tsx";
import { SortHeader } from "./sort-header.tsx";

interface Props {
  readonly page: EndpointPage;
  readonly search: EndpointsSearch;
  readonly onChange: (change: EndpointsSearch) => void;
}

/** The endpoints that match the filter, in the order that the URL says. */
export function EndpointTable({ page, search, onChange }: Props): ReactElement {
  const { sort = "verdict", dir = "desc" } = search;
  const sortBy = (key: EndpointSortKey): void => {
    const initial = key === "endpoint" ? "asc" : "desc";
    const reversed = dir === "asc" ? "desc" : "asc";
    onChange({ sort: key, dir: key === sort ? reversed : initial });
  };
  const header = (key: EndpointSortKey, label: string, numeric: boolean, title?: string): ReactElement => (
    <SortHeader
      key={key}
      label={label}
      title={title}
      numeric={numeric}
      direction={key === sort ? dir : undefined}
      onSort={() => sortBy(key)}
    />
  );
  return (
    <div className="scroll">
      <table data-first-focus>
        <caption className="visually-hidden">Endpoints with verdict, mismatch and latency</caption>
        <thead>
          <tr>
            {header("endpoint", "Endpoint", false)}
            {ENDPOINT_COLUMNS.map(({ key, label, title, isText = false }) => header(key, label, !isText, title))}
          </tr>
        </thead>
        <tbody>
          {page.endpoints.map((endpoint) => (
            <tr key={`${endpoint.route} ${endpoint.endpoint}`} data-row data-endpoint={endpoint.endpoint}>
              <EndpointCells endpoint={endpoint} hasRoutes={page.hasRoutes} />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
