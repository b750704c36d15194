import { Link, Navigate, useParams, useSearch } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { CauseEndpoint } from "../../../src/model/views/cause-endpoint.ts";
import { useExplanation } from "../data/explanations.ts";
import { useCauseEndpoints } from "../data/queries.ts";
import { useSelection } from "../data/selection.ts";
import type { CauseSearch } from "../search-params.ts";
import { QueryState } from "../ui/query-state.tsx";
import { CauseSamples } from "./cause-samples.tsx";
import { CauseSummary } from "./cause-summary.tsx";
import { LIVE, useCauseKeys } from "./use-cause-keys.ts";
import { IsolateDialog } from "./isolation/isolate-dialog.tsx";
import { IsolationPanel } from "./isolation/isolation-panel.tsx";
import { WhenPanel } from "./when/when-panel.tsx";
import { findingWords } from "./why/finding-words.ts";
import { WhyPanel } from "./why/why-panel.tsx";
import "./cause.css";

/** `/causes/…?name=…`: why a cause shows on an endpoint, since when, and its exchanges. */
export function CauseScreen(): ReactElement {
  const { signature } = useParams({ from: "/causes/$signature" });
  const search = useSearch({ from: "/causes/$signature" });
  const { run, candidate } = useSelection();
  const places = useCauseEndpoints({ run: run.id, candidate }, signature);
  return (
    <QueryState query={places} what="the cause">
      {({ endpoints }) => {
        const place = placeOf(endpoints, search);
        return place === undefined ? (
          <NoCause search={search} />
        ) : (
          <Cause signature={signature} places={endpoints} place={place} search={search} />
        );
      }}
    </QueryState>
  );
}

/** The endpoint of the URL; without one, the endpoint that shows the cause most. */
function placeOf(endpoints: readonly CauseEndpoint[], { name, route }: CauseSearch): CauseEndpoint | undefined {
  if (name === undefined) return endpoints[0];
  return endpoints.find((each) => each.endpoint === name && each.route === (route ?? each.route));
}

function NoCause({ search: { name } }: { readonly search: CauseSearch }): ReactElement {
  return (
    <div className="empty-state">
      <h1>No such cause in this run</h1>
      <p>
        It does not show{name === undefined ? "" : " on this endpoint"}, or a rule hides it.{" "}
        {name === undefined ? null : (
          <>
            <Link to="/endpoint" search={{ name }}>
              All causes of the endpoint
            </Link>
            ,{" "}
          </>
        )}
        <Link to="/">overview</Link>
      </p>
    </div>
  );
}

interface Props {
  readonly signature: string;
  /** Where it shows, most exchanges first. */
  readonly places: readonly CauseEndpoint[];
  readonly place: CauseEndpoint;
  readonly search: CauseSearch;
}

function Cause({ signature, places, place, search }: Props): ReactElement {
  const { run, candidate } = useSelection();
  const { endpoint, route } = place;
  const explanation = useExplanation({ run: run.id, candidate }, signature, endpoint);
  const own = explanation.data?.explanations.find((each) => each.route === route);
  const finding = own?.findings.find((each) => findingWords(each) === search.finding);
  useCauseKeys(signature);
  const full = explanation.data?.signature ?? signature;
  // The address may name a cause by the beginning of its signature, as the command line prints it.
  if (full !== signature) {
    return (
      <Navigate
        to="/causes/$signature"
        params={{ signature: full }}
        search={(last) => last}
        resetScroll={false}
        replace
      />
    );
  }
  return (
    <>
      <CauseSummary signature={signature} places={places} place={place} explanation={own} />
      <QueryState query={explanation} what="the explanation">
        {() =>
          own === undefined ? (
            <p className="panel">
              Not explained: no attributes of exchanges of this endpoint were kept. They are unless explain.enabled is
              false, or an earlier version made the run.
            </p>
          ) : (
            <>
              <WhyPanel explanation={own} search={search} />
              <WhenPanel explanation={own} />
            </>
          )
        }
      </QueryState>
      <IsolationPanel signature={signature} endpoint={endpoint} search={search} />
      <CauseSamples signature={signature} endpoint={endpoint} search={search} finding={finding} />
      {search.isolate === undefined ? null : (
        <IsolateDialog
          subject={{ signature, endpoint, route, sampleId: search.isolate === LIVE ? null : search.isolate }}
        />
      )}
    </>
  );
}
