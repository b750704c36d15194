import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo, type ReactElement } from "react";
import type { BodyChange, SampleDetailBody } from "../../../src/model/sample.ts";
import { bodyRows } from "./diff/body-rows.ts";
import { formatBytes } from "../ui/numbers.ts";
import type { SampleSearch } from "../search-params.ts";
import { BodyDiff } from "./body-diff.tsx";
import { CHOICE } from "../ui/choice-link.ts";

interface Props {
  readonly left: SampleDetailBody;
  readonly right: SampleDetailBody;
  readonly leftName: string;
  readonly rightName: string;
  /** Null when the two were not compared as JSON. */
  readonly changes: readonly BodyChange[] | null;
  readonly cut: boolean;
  readonly id: string;
  readonly search: SampleSearch;
}

/** Both bodies: lines side by side, or type, length and hash where there are no lines to show. */
export function BodyPanel(props: Props): ReactElement {
  const { left, right, cut, id, search } = props;
  const navigate = useNavigate();
  const only = search.only === "changes";
  const opaque = left.form === "binary" || right.form === "binary";
  return (
    <section className="panel" aria-labelledby="body-title">
      <div className="panel-head">
        <h2 id="body-title">Body</h2>
        {opaque ? null : (
          <nav className="choice" aria-label="How the bodies are shown">
            {(["split", "unified"] as const).map((layout) => (
              <Link
                key={layout}
                to="/sample/$id"
                params={{ id }}
                search={{ ...search, layout: layout === "split" ? undefined : layout }}
                {...CHOICE}
              >
                {layout}
              </Link>
            ))}
            <button
              type="button"
              aria-pressed={only}
              onClick={() => {
                const next = { ...search, only: only ? undefined : ("changes" as const) };
                void navigate({ to: "/sample/$id", params: { id }, search: next, replace: true, resetScroll: false });
              }}
            >
              changes only
            </button>
          </nav>
        )}
      </div>
      {left.truncated || right.truncated ? (
        <p className="banner banner-warn">
          <strong>Truncated.</strong> Only the first part of{" "}
          {left.truncated && right.truncated ? "both bodies" : "one body"} was captured; whether the rest is equal was
          decided by a running hash.
        </p>
      ) : null}
      {cut ? (
        <p className="banner banner-warn">
          <strong>Not all differences are marked:</strong> the bodies are too large or differ in too many places.
        </p>
      ) : null}
      {opaque ? <Opaque {...props} /> : <Lines {...props} />}
    </section>
  );
}

function Lines({ left, right, leftName, rightName, changes, search }: Props): ReactElement {
  const { rows, by } = useMemo(() => bodyRows(left, right, changes), [left, right, changes]);
  if (rows.length === 0) return <p className="hint">Both bodies are empty.</p>;
  return (
    <>
      <BodyDiff
        rows={rows}
        layout={search.layout ?? "split"}
        onlyChanges={search.only === "changes"}
        leftName={leftName}
        rightName={rightName}
      />
      <p className="hint">
        {by === "json-diff"
          ? "Marked by json-diff-ts; keys stand in the order of the primary."
          : "Marked line by line."}
      </p>
    </>
  );
}

function Opaque({ left, right, leftName, rightName }: Props): ReactElement {
  return (
    <table>
      <caption className="hidden">Bodies that are not shown</caption>
      <thead>
        <tr>
          <th scope="col">Answer of</th>
          <th scope="col">Type</th>
          <th scope="col" className="number">
            Length
          </th>
          <th scope="col">SHA-256</th>
        </tr>
      </thead>
      <tbody>
        {[
          { name: leftName, body: left },
          { name: rightName, body: right },
        ].map(({ name, body }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{body.mediaType === "" ? body.form : body.mediaType}</td>
            <td className="number">{formatBytes(body.length)}</td>
            <td className="value">{body.form === "binary" ? <code>{body.text}</code> : `${body.form}, not hashed`}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
