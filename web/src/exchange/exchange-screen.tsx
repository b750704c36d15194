import { Link, useParams, useSearch } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { fieldNameOf } from "../../../src/presentation/words/header-path.ts";
import type { Section } from "../../../src/model/difference.ts";
import type { BodyChange, SampleDetail } from "../../../src/model/sample.ts";
import { useSample } from "../data/queries.ts";
import { BodyPanel } from "./body-panel.tsx";
import { SEGMENT_LINK } from "../ui/segment-link.ts";
import { CurlPanel } from "./curl-panel.tsx";
import { DifferenceList } from "./difference-list.tsx";
import { HeaderTable } from "./header-table.tsx";
import { ResponseTable } from "./response-table.tsx";
import { QueryState } from "../ui/query-state.tsx";
import { ExchangePager } from "./exchange-pager.tsx";
import { useSelection } from "../data/selection.ts";
import { formatDateTime } from "../ui/time.ts";
import { useTitle } from "../ui/use-title.ts";
import type { SampleSearch } from "../search-params.ts";
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

function differingNames({ differences }: SampleDetail, section: Section): ReadonlySet<string> {
  return new Set(
    differences.filter((difference) => difference.section === section).map(({ path }) => fieldNameOf(path)),
  );
}

/** The role of a response with the name of its version, unless that is the name of the role. */
function legName(role: string, version: string): string {
  return version === role ? role : `${role} ${version}`;
}

const NONE: ReadonlySet<string> = new Set();

/** For bodies too large to search, the API lists the entire body as one change; comparing lines shows more (null). */
function locatedChanges({ changes, changesCut }: SampleDetail): readonly BodyChange[] | null {
  return changesCut && changes?.length === 1 && changes[0]?.pointer === "" ? null : changes;
}

function Exchange({ sample, search }: { readonly sample: SampleDetail; readonly search: SampleSearch }): ReactElement {
  const { status } = useSelection();
  const { primary, candidate, secondary } = sample.legs;
  const other = search.against === "secondary" && secondary !== null ? secondary : candidate;
  const isCandidate = other === candidate;
  const names = {
    leftName: legName("primary", primary.subset),
    rightName: legName(isCandidate ? "candidate" : "secondary", other.subset),
  };
  return (
    <>
      <nav className="breadcrumb" aria-label="Breadcrumb">
        <Link to="/">Overview</Link> <span aria-hidden="true">›</span>{" "}
        <Link
          to="/endpoint"
          search={{ name: sample.endpoint, route: sample.route, section: search.section, path: search.path }}
        >
          {sample.endpoint}
        </Link>{" "}
        <span aria-hidden="true">›</span> <span aria-current="page">exchange</span>
        <ExchangePager sample={sample} search={search} />
      </nav>
      <section className="panel" aria-labelledby="sample-title">
        <div className="panel-head">
          <h1 id="sample-title">
            <code>
              {sample.method} {sample.target}
            </code>
          </h1>
          <span className="muted">{formatDateTime(sample.at)}</span>
          {secondary === null ? null : (
            <nav className="segmented" aria-label="Compare the primary with">
              {([undefined, "secondary"] as const).map((against) => (
                <Link
                  key={against ?? "candidate"}
                  to="/sample/$id"
                  params={{ id: sample.id }}
                  search={{ ...search, against }}
                  {...SEGMENT_LINK}
                >
                  {against ?? "candidate"}
                </Link>
              ))}
            </nav>
          )}
        </div>
        <ResponseTable sample={sample} />
      </section>
      <DifferenceList sample={sample} />
      <HeaderTable
        title="Headers"
        left={primary.headers}
        right={other.headers}
        differing={isCandidate ? differingNames(sample, "header") : NONE}
        {...names}
      />
      <HeaderTable
        title="Trailers"
        left={primary.trailers}
        right={other.trailers}
        differing={isCandidate ? differingNames(sample, "trailer") : NONE}
        {...names}
      />
      <BodyPanel
        left={primary.body}
        right={other.body}
        changes={isCandidate ? locatedChanges(sample) : null}
        isCut={isCandidate && sample.changesCut && locatedChanges(sample) !== null}
        id={sample.id}
        search={search}
        {...names}
      />
      <CurlPanel sample={sample} origin={status?.listenUrl ?? "http://127.0.0.1:8080"} />
    </>
  );
}
