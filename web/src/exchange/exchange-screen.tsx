import { Link, useParams, useSearch } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { Difference, Section } from "../../../src/model/difference.ts";
import type { SampleDetail } from "../../../src/model/sample.ts";
import { useSample } from "../data/queries.ts";
import { useSelection } from "../data/selection.ts";
import type { SampleSearch } from "../search-params.ts";
import { QueryState } from "../ui/query-state.tsx";
import { SEGMENT_LINK } from "../ui/segment-link.ts";
import { formatDateTime } from "../ui/time.ts";
import { useTitle } from "../ui/use-title.ts";
import { BodyPanel } from "./body/body-panel.tsx";
import { MetadataPanel } from "./details/metadata-panel.tsx";
import { TimingPanel } from "./details/timing-panel.tsx";
import { DifferenceList } from "./difference-list.tsx";
import { HeaderPanel } from "./headers/header-panel.tsx";
import { legName } from "./legs.ts";
import { ExchangeList, ExchangePager, useExchangePages } from "./list/exchange-list.tsx";
import { RequestPanel } from "./request/request-panel.tsx";
import { ResendPanel } from "./resend/resend-panel.tsx";
import { StatusLine } from "./status-line.tsx";
import { useFindings } from "./use-findings.ts";
import "./exchange.css";

/** `/sample/…`: one stored exchange; the primary's response next to that of the candidate or the secondary. */
export function ExchangeScreen(): ReactElement {
  const { id } = useParams({ from: "/sample/$id" });
  const search = useSearch({ from: "/sample/$id" });
  const { run, candidate } = useSelection();
  const sample = useSample({ run: run.id, candidate }, id);
  useTitle(sample.data === undefined ? "Exchange" : `${sample.data.method} ${sample.data.target}`);
  return (
    <QueryState query={sample} what="the exchange">
      {(data) => <Exchange key={data.id} sample={data} search={search} />}
    </QueryState>
  );
}

interface ExchangeProps {
  readonly sample: SampleDetail;
  readonly search: SampleSearch;
}

/** Three panes: the exchanges of the same cause, the responses compared, and the request with its timing. */
function Exchange({ sample, search }: ExchangeProps): ReactElement {
  const pages = useExchangePages(sample, search);
  const isWide = search.panes === "hidden";
  return (
    <>
      <nav className="breadcrumb" aria-label="Breadcrumb">
        <Link to="/">Overview</Link> <span aria-hidden="true">›</span>{" "}
        <Link
          to="/endpoint"
          search={{
            name: sample.endpoint,
            route: sample.route,
            section: search.section,
            path: search.path,
            cause: search.cause,
          }}
        >
          {sample.endpoint}
        </Link>{" "}
        <span aria-hidden="true">›</span> <span aria-current="page">exchange</span>
        <ExchangePager pages={pages} search={search} />
      </nav>
      <div className={isWide ? "inspector inspector-wide" : "inspector"}>
        {isWide ? null : <ExchangeList pages={pages} search={search} />}
        <div className="inspector-main">
          <Responses sample={sample} search={search} />
        </div>
        <div className="inspector-details">
          <RequestPanel sample={sample} />
          <TimingPanel sample={sample} />
          <MetadataPanel sample={sample} />
        </div>
      </div>
    </>
  );
}

/** The responses in the order of importance: status, body, headers, trailers. */
function Responses({ sample, search }: ExchangeProps): ReactElement {
  const findings = useFindings(sample);
  const { primary, candidate, secondary } = sample.legs;
  const other = search.against === "secondary" && secondary !== null ? secondary : candidate;
  const isCandidate = other === candidate;
  const names = {
    leftName: legName({ role: "primary", leg: primary }),
    rightName: legName({ role: isCandidate ? "candidate" : "secondary", leg: other }),
  };
  const differencesOf = (section: Section): readonly Difference[] =>
    isCandidate ? sample.differences.filter((difference) => difference.section === section) : [];
  return (
    <>
      <section className="panel" aria-labelledby="sample-title">
        <div className="panel-head">
          <h1 id="sample-title">
            <code>
              {sample.method} {sample.target}
            </code>
          </h1>
          <span className="muted">{formatDateTime(sample.at)}</span>
          <ViewLinks sample={sample} search={search} />
        </div>
        <StatusLine sample={sample} />
        <DifferenceList sample={sample} findings={findings} />
      </section>
      <ResendPanel sample={sample} search={search} />
      <BodyPanel
        sample={sample}
        left={primary.body}
        right={other.body}
        changes={isCandidate ? sample.changes : null}
        isCut={isCandidate && sample.changesCut}
        {...names}
      />
      {(["header", "trailer"] as const).map((section) => (
        <HeaderPanel
          key={section}
          section={section}
          left={section === "header" ? primary.headers : primary.trailers}
          right={section === "header" ? other.headers : other.trailers}
          differences={differencesOf(section)}
          findings={findings}
          at={search.at}
          {...names}
        />
      ))}
    </>
  );
}

/** Which responses are compared, and whether the panes at the sides are shown. */
function ViewLinks({ sample, search }: ExchangeProps): ReactElement {
  const params = { id: sample.id };
  return (
    <span className="buttons">
      {sample.legs.secondary === null ? null : (
        <nav className="segmented" aria-label="Compare the primary with">
          {([undefined, "secondary"] as const).map((against) => (
            <Link
              key={against ?? "candidate"}
              to="/sample/$id"
              params={params}
              search={{ ...search, against }}
              {...SEGMENT_LINK}
            >
              {against ?? "candidate"}
            </Link>
          ))}
        </nav>
      )}
      <Link
        to="/sample/$id"
        params={params}
        search={{ ...search, panes: search.panes === undefined ? "hidden" : undefined }}
        className="button only-wide"
        replace
        resetScroll={false}
      >
        {search.panes === undefined ? "Hide side panes" : "Show side panes"}
      </Link>
    </span>
  );
}
