import { useMemo, type ReactElement } from "react";
import { formatBytes } from "../../../../src/presentation/words/number-format.ts";
import type { BodyChange, SampleDetail, SampleDetailBody } from "../../../../src/model/sample.ts";
import { ErrorMessage } from "../../ui/error-message.tsx";
import { useBodyDiff } from "../diff/use-body-diff.ts";
import { BinaryBodies } from "./binary-bodies.tsx";
import { BodyView } from "./body-view.tsx";

interface Props {
  readonly sample: SampleDetail;
  readonly left: SampleDetailBody;
  readonly right: SampleDetailBody;
  readonly leftName: string;
  readonly rightName: string;
  /** Null when the bodies were not compared as JSON. */
  readonly changes: readonly BodyChange[] | null;
  /** There can be more changes than `changes` lists. */
  readonly isCut: boolean;
}

/** Both bodies: lines with their differences, or type, length and hash of binary ones. */
export function BodyPanel(props: Props): ReactElement {
  const { left, right } = props;
  const isBinary = left.form === "binary" || right.form === "binary";
  const isEmpty = left.text === "" && right.text === "";
  return (
    <section className="panel" aria-labelledby="body-title" id="body">
      <div className="panel-head">
        <h2 id="body-title">Body</h2>
        <span className="muted small">{describeBodies(left, right)}</span>
      </div>
      {left.truncated || right.truncated ? (
        <p className="banner banner-warn">
          <strong>Truncated.</strong> Only the first part of{" "}
          {left.truncated && right.truncated ? "both bodies" : "one body"} was captured; the rest was compared by hash.
        </p>
      ) : null}
      {props.isCut ? (
        <p className="banner banner-warn">
          <strong>Too many differences to list.</strong> All values that are spelled differently are marked.
        </p>
      ) : null}
      {isBinary ? (
        <BinaryBodies {...props} />
      ) : isEmpty ? (
        <p className="hint">Both bodies are empty.</p>
      ) : (
        <TextBodies {...props} />
      )}
    </section>
  );
}

function describeBodies(left: SampleDetailBody, right: SampleDetailBody): string {
  const [one, other] = [describeBody(left), describeBody(right)];
  return one === other ? one : `${one} → ${other}`;
}

function describeBody({ form, mediaType, length }: SampleDetailBody): string {
  if (form === "empty") return "empty";
  return `${mediaType === "" ? form : mediaType}, ${formatBytes(length)}`;
}

const BY_WORDS = {
  json: "Compared as JSON. Keys are in the order of the primary; elements of arrays are paired by id or content.",
  lines: "Compared line by line.",
  formatted: "Compared line by line; line breaks were added for reading.",
} as const;

/** Redaction writes HTML from the document that it has examined. */
const HTML_WORDS = "HTML is stored as the document that a browser builds, with the tags that are implied.";

function TextBodies({ sample, left, right, leftName, rightName, changes, isCut }: Props): ReactElement {
  const pair = useMemo(() => ({ left, right, changes, isCut }), [left, right, changes, isCut]);
  const { diff, error } = useBodyDiff(pair);
  if (error !== null) return <ErrorMessage error={error} />;
  if (diff === undefined) return <p className="hint loading">Comparing the bodies …</p>;
  return (
    <>
      <BodyView diff={diff} sample={sample} leftName={leftName} rightName={rightName} />
      <p className="hint">
        {BY_WORDS[diff.by]}
        {left.mediaType.includes("html") || right.mediaType.includes("html") ? ` ${HTML_WORDS}` : ""}
      </p>
    </>
  );
}
