import type { ReactElement } from "react";
import type { TraceReference } from "../../../../src/model/capture.ts";
import type { SampleDetail, SampleDetailBody } from "../../../../src/model/sample.ts";
import { formatBytes } from "../../../../src/presentation/words/number-format.ts";
import { useSelection } from "../../data/selection.ts";
import { CopyButton } from "../../ui/copy-button.tsx";
import { formatDateTime } from "../../ui/time.ts";
import { legName, legsOf } from "../legs.ts";

function bodyText({ form, mediaType, length, truncated }: SampleDetailBody): string {
  if (form === "empty") return "empty";
  return `${mediaType === "" ? form : mediaType}, ${formatBytes(length)}${truncated ? ", truncated" : ""}`;
}

interface TraceProps {
  readonly trace: TraceReference;
  readonly url: string | undefined;
}

/** The id of a trace, which links to its page if there is one. */
function TraceText({ trace: { id, isSampled }, url }: TraceProps): ReactElement {
  if (url === undefined) return <>{isSampled === false ? `${id} (not recorded)` : id}</>;
  return (
    <a href={url} target="_blank" rel="noreferrer">
      {id}
    </a>
  );
}

/** When and where the exchange happened, and its bodies as files. */
export function MetadataPanel({ sample }: { readonly sample: SampleDetail }): ReactElement {
  const { run, candidate } = useSelection();
  const query = (role: string): string => new URLSearchParams({ run: run.id, candidate, role }).toString();
  return (
    <section className="panel" aria-labelledby="metadata-title">
      <h2 id="metadata-title">Details</h2>
      <dl className="fields">
        <div>
          <dt>Received</dt>
          <dd>{formatDateTime(sample.at)}</dd>
        </div>
        <div>
          <dt>Route</dt>
          <dd>{sample.route}</dd>
        </div>
        <div>
          <dt>Endpoint</dt>
          <dd>{sample.endpoint}</dd>
        </div>
        {legsOf(sample).map(({ role, leg }) => (
          <div key={role}>
            <dt>{legName({ role, leg })}</dt>
            <dd>
              {bodyText(leg.body)}
              {leg.address === undefined ? null : <span className="muted"> from {leg.address}</span>}
              {leg.body.form === "binary" || leg.body.form === "empty" ? null : (
                <>
                  {" "}
                  <a href={`/api/v1/samples/${encodeURIComponent(sample.id)}/body?${query(role)}`} download>
                    Download
                  </a>
                </>
              )}
            </dd>
          </div>
        ))}
        {legsOf(sample).map(({ role, leg }) =>
          leg.trace === undefined ? null : (
            <div key={role}>
              <dt>Trace of {legName({ role, leg })}</dt>
              <dd>
                <TraceText trace={leg.trace} url={leg.traceUrl} />
              </dd>
            </div>
          ),
        )}
        <div>
          <dt>Exchange</dt>
          <dd>{sample.id}</dd>
        </div>
      </dl>
      <p className="buttons">
        <CopyButton text={() => location.href} label="Copy link" />
      </p>
    </section>
  );
}
