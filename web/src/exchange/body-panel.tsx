import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo, type ReactElement } from "react";
import type { BodyChange, SampleDetailBody } from "../../../src/model/sample.ts";
import { bodyRows } from "./diff/body-rows.ts";
import { formatBytes } from "../../../src/presentation/words/number-format.ts";
import type { SampleSearch } from "../search-params.ts";
import { BodyDiff } from "./body-diff.tsx";
import { SEGMENT_LINK } from "../ui/segment-link.ts";

interface Props {
  readonly left: SampleDetailBody;
  readonly right: SampleDetailBody;
  readonly leftName: string;
  readonly rightName: string;
  /** Null when the bodies were not compared as JSON. */
  readonly changes: readonly BodyChange[] | null;
  /** `changes` is incomplete. */
  readonly isCut: boolean;
  readonly id: string;
  readonly search: SampleSearch;
}

/** Both bodies: lines side by side, or type, length and hash of binary ones. */
export function BodyPanel(props: Props): ReactElement {
  const { left, right, isCut, id, search } = props;
  const navigate = useNavigate();
  const onlyChanges = search.only === "changes";
  const isBinary = left.form === "binary" || right.form === "binary";
  return (
    <section className="panel" aria-labelledby="body-title">
      <div className="panel-head">
        <h2 id="body-title">Body</h2>
        {isBinary ? null : (
          <nav className="segmented" aria-label="Body layout">
            {(["split", "unified"] as const).map((layout) => (
              <Link
                key={layout}
                to="/sample/$id"
                params={{ id }}
                search={{ ...search, layout: layout === "split" ? undefined : layout }}
                {...SEGMENT_LINK}
              >
                {layout}
              </Link>
            ))}
            <button
              type="button"
              aria-pressed={onlyChanges}
              onClick={() => {
                const next = { ...search, only: onlyChanges ? undefined : ("changes" as const) };
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
          {left.truncated && right.truncated ? "both bodies" : "one body"} was captured; the rest was compared by hash.
        </p>
      ) : null}
      {isCut ? (
        <p className="banner banner-warn">
          <strong>Some differences are not marked.</strong> The bodies are too large or differ in too many places.
        </p>
      ) : null}
      {isBinary ? <BinaryBodies {...props} /> : <TextBodies {...props} />}
    </section>
  );
}

function TextBodies({ left, right, leftName, rightName, changes, search }: Props): ReactElement {
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
        {by === "json" ? "Compared as JSON. Keys are in the order of the primary." : "Compared line by line."}
      </p>
    </>
  );
}

function BinaryBodies({ left, right, leftName, rightName }: Props): ReactElement {
  return (
    <div className="scroll">
      <table>
        <caption className="visually-hidden">Bodies that cannot be displayed</caption>
        <thead>
          <tr>
            <th scope="col">Response</th>
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
              <td className="value">
                {body.form === "binary" ? <code>{body.text}</code> : `${body.form}, not hashed`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
