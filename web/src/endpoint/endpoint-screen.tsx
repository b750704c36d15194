import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, type ReactElement } from "react";
import type { EndpointReport } from "../../../src/model/report.ts";
import { byImportance } from "../../../src/presentation/order/cause-order.ts";
import { ApiError } from "../data/api-client.ts";
import { useEndpoint } from "../data/queries.ts";
import { QueryState, useLastError } from "../ui/query-state.tsx";
import { CauseHead } from "./causes/cause-head.tsx";
import { CauseList } from "./causes/cause-list.tsx";
import { DecisionBar } from "./decision-bar.tsx";
import { EndpointContract } from "../contract/endpoint-contract.tsx";
import { EndpointLatency } from "./endpoint-latency.tsx";
import { EndpointSummary } from "./endpoint-summary.tsx";
import { ExchangeList } from "./exchange-list.tsx";
import { CauseParameters, ParameterPanel } from "./parameters/parameter-panel.tsx";
import { FieldPanel } from "./fields/field-panel.tsx";
import { useDecisions } from "./use-decisions.ts";
import { useSelection } from "../data/selection.ts";
import { useKeys } from "../ui/use-keys.ts";
import { useTitle } from "../ui/use-title.ts";
import type { EndpointSearch } from "../search-params.ts";
import "./endpoint.css";

/** `/endpoint?name=…`: the causes, differing fields and stored exchanges of one endpoint. */
export function EndpointScreen(): ReactElement {
  const search = useSearch({ from: "/endpoint" });
  const { run, candidate } = useSelection();
  const endpoint = useEndpoint({ run: run.id, candidate }, search.name, search.route);
  useTitle(search.name);
  const error = useLastError(endpoint);
  if (error instanceof ApiError && error.status === 404) {
    return (
      <div className="empty-state">
        <h2>No comparisons on this endpoint</h2>
        <p>
          <code>{search.name}</code> was not compared in this run. <Link to="/endpoints">All endpoints</Link>
        </p>
      </div>
    );
  }
  return (
    <QueryState query={endpoint} what="the endpoint">
      {(data) => <Endpoint endpoint={data} search={search} />}
    </QueryState>
  );
}

interface Props {
  readonly endpoint: EndpointReport;
  readonly search: EndpointSearch;
}

/** The causes on one side; on the other the fields and exchanges, of the open cause or of all. */
function Endpoint({ endpoint, search: requested }: Props): ReactElement {
  const causes = useMemo(() => endpoint.causes.toSorted(byImportance), [endpoint.causes]);
  const open = causes.find(({ signature }) => signature === requested.cause);
  // A cause that a rule hides has another signature; one that is gone filters nothing.
  const search = open === undefined ? { ...requested, cause: undefined } : requested;
  const decisions = useDecisions(endpoint, causes, search);
  const navigate = useNavigate();
  useKeys("Endpoint", {
    w: () => {
      const inFocus = document.activeElement?.closest<HTMLElement>("[data-cause]")?.dataset["cause"];
      const signature = inFocus ?? search.cause;
      if (signature === undefined) return;
      const { endpoint: name, route } = endpoint;
      void navigate({ to: "/causes/$signature", params: { signature }, search: { name, route } });
    },
  });
  return (
    <>
      <nav className="breadcrumb" aria-label="Breadcrumb">
        <Link to="/endpoints">Endpoints</Link> <span aria-hidden="true">›</span>{" "}
        <span aria-current="page">{endpoint.endpoint}</span>
      </nav>
      <EndpointSummary endpoint={endpoint} />
      <div className="endpoint-columns">
        <CauseList endpoint={endpoint} causes={causes} search={search} selection={decisions.causes} />
        <div className="endpoint-detail">
          {open === undefined ? null : (
            <CauseHead
              key={open.signature}
              cause={open}
              endpoint={endpoint}
              onDecide={(kind) => decisions.decideCause(kind, open)}
            />
          )}
          {open === undefined ? null : <CauseParameters cause={open} search={search} />}
          <FieldPanel
            endpoint={endpoint}
            search={search}
            checked={new Set(decisions.nodes.keys())}
            onCheck={decisions.checkNode}
            onIgnore={decisions.ignoreNode}
          />
          {open === undefined ? <ParameterPanel endpoint={endpoint} search={search} /> : null}
          <ExchangeList endpoint={endpoint} search={search} />
        </div>
      </div>
      <EndpointContract contract={endpoint.contract} />
      <EndpointLatency endpoint={endpoint} />
      <DecisionBar
        target={decisions.target}
        open={decisions.open}
        onDecide={decisions.decide}
        onDone={decisions.clear}
        onClose={decisions.close}
        onClear={decisions.clear}
      />
    </>
  );
}
