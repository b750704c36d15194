import { Link, useNavigate } from "@tanstack/react-router";
import { useRef, type ReactElement } from "react";
import type { EndpointReport } from "../../../../src/model/report.ts";
import { formatPlural } from "../../../../src/presentation/words/number-format.ts";
import type { EndpointSearch } from "../../search-params.ts";
import { useKeys } from "../../ui/use-keys.ts";
import { SEGMENT_LINK } from "../../ui/segment-link.ts";
import type { FieldNode } from "./build-field-tree.ts";
import { FieldTree } from "./field-tree.tsx";
import { useFieldTree } from "./use-field-tree.ts";
import "./fields.css";

const FIELD_VERDICTS = ["real", "likely", "noise"] as const;

interface Props {
  readonly endpoint: EndpointReport;
  readonly search: EndpointSearch;
  readonly checked: ReadonlySet<string>;
  readonly onCheck: (node: FieldNode) => void;
  readonly onIgnore: (node: FieldNode) => void;
}

/** The tree of differing fields, or of those of the open cause, with search and filters. */
export function FieldPanel(props: Props): ReactElement {
  const { endpoint, search } = props;
  const tree = useFieldTree(endpoint, search);
  const total = endpoint.differences.length;
  return (
    <section className="panel" aria-labelledby="fields-title">
      <div className="panel-head">
        <h2 id="fields-title">{search.cause === undefined ? "Differing fields" : "Fields of this cause"}</h2>
        <span className="muted" data-field-count>
          {tree.shown === total ? formatPlural(total, "field") : `${tree.shown} of ${formatPlural(total, "field")}`}
        </span>
        <TreeControls endpoint={endpoint} search={search} />
      </div>
      {tree.rows.length === 0 ? (
        <p className="hint">{total === 0 ? "No field differs." : "No field matches the filter."}</p>
      ) : (
        <FieldTree {...props} tree={tree} />
      )}
    </section>
  );
}

function TreeControls({ endpoint, search }: Pick<Props, "endpoint" | "search">): ReactElement {
  const navigate = useNavigate();
  const find = (text: string): void =>
    void navigate({
      to: "/endpoint",
      search: (last) => ({ ...last, name: search.name, find: text === "" ? undefined : text }),
      replace: true,
      resetScroll: false,
    });
  const isDiffy = search.diffy === "shown";
  const searchField = useRef<HTMLInputElement>(null);
  useKeys("Every page", { "/": () => searchField.current?.focus() });
  return (
    <>
      <input
        ref={searchField}
        type="search"
        className="tree-search"
        aria-label="Search fields"
        placeholder="Search fields"
        value={search.find ?? ""}
        onChange={(event) => find(event.target.value)}
      />
      <nav className="segmented" aria-label="Filter by verdict">
        {[undefined, ...FIELD_VERDICTS].map((show) => (
          <Link
            key={show ?? "all"}
            to="/endpoint"
            search={(last) => ({ ...last, name: search.name, show })}
            {...SEGMENT_LINK}
          >
            {show ?? "all"}{" "}
            <span className="muted">
              {endpoint.differences.filter(({ verdict }) => show === undefined || verdict === show).length}
            </span>
          </Link>
        ))}
      </nav>
      <nav className="segmented" aria-label="Expanded levels">
        {(["1", "2", "all"] as const).map((level) => (
          <Link key={level} to="/endpoint" search={(last) => ({ ...last, name: search.name, level })} {...SEGMENT_LINK}>
            {level === "all" ? "expand all" : level === "1" ? "sections" : "top level"}
          </Link>
        ))}
      </nav>
      <Link
        to="/endpoint"
        search={(last) => ({ ...last, name: search.name, diffy: isDiffy ? undefined : "shown" })}
        replace
        resetScroll={false}
        className="small"
      >
        {isDiffy ? "Hide Diffy numbers" : "Show Diffy numbers"}
      </Link>
    </>
  );
}
