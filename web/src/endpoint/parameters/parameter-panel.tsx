import type { ReactElement } from "react";
import type { CauseReport, EndpointReport } from "../../../../src/model/report.ts";
import type { EndpointSearch } from "../../search-params.ts";
import { ParameterTable } from "./parameter-table.tsx";

interface Props {
  readonly endpoint: Pick<EndpointReport, "parameters">;
  readonly search: EndpointSearch;
}

interface CauseProps {
  readonly cause: Pick<CauseReport, "parameters">;
  readonly search: EndpointSearch;
}

/** Which exchanges of an endpoint count against parity, by query parameter; nothing if no request has one. */
export function ParameterPanel({ endpoint, search }: Props): ReactElement | null {
  if (endpoint.parameters.length === 0) return null;
  return (
    <section className="panel" aria-labelledby="parameters-title">
      <h2 id="parameters-title">Query parameters</h2>
      <p className="hint">
        Exchanges that count against parity, with each parameter and without it. A name selects its exchanges below.
      </p>
      <ParameterTable parameters={endpoint.parameters} search={search} counted="count against parity" />
    </section>
  );
}

/** Where a cause shows, by query parameter; nothing if no parameter tells exchanges with and without it apart. */
export function CauseParameters({ cause, search }: CauseProps): ReactElement | null {
  if (cause.parameters.length === 0) return null;
  return (
    <section className="panel" aria-labelledby="cause-parameters-title">
      <h2 id="cause-parameters-title">Query parameters of this cause</h2>
      <ParameterTable parameters={cause.parameters} search={search} counted="have this cause" />
    </section>
  );
}
