import { Link, useSearch } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { Status } from "../../../../src/model/status.ts";
import type { SampleDetail } from "../../../../src/model/sample.ts";
import { endToEndFields } from "../../../../src/presentation/exchange/end-to-end-fields.ts";
import { harOf, type OriginOf } from "../../../../src/presentation/exchange/har.ts";
import { useSelection } from "../../data/selection.ts";
import { CopyButton } from "../../ui/copy-button.tsx";
import { curlCommand } from "./curl-command.ts";

/** Used while the status is not known. */
const NO_STATUS = { listenUrl: "http://127.0.0.1:8080", version: "" };

/** The URL of the version that responded; the address of the proxy if it is no longer configured. */
function originsOf(status: Status | undefined): OriginOf {
  return (role, leg) => {
    if (status === undefined) return NO_STATUS.listenUrl;
    const { primary, secondary, candidates, listenUrl } = status;
    const known =
      role === "primary" ? [primary] : role === "candidate" ? candidates : secondary === null ? [] : [secondary];
    return (known.find(({ name }) => name === leg.subset)?.url ?? listenUrl).replace(/\/$/, "");
  };
}

/** The request with its header fields, as a curl command and as an HTTP archive of all responses. */
export function RequestPanel({ sample }: { readonly sample: SampleDetail }): ReactElement {
  const { status } = useSelection();
  const { cause } = useSearch({ from: "/sample/$id" });
  const { listenUrl, version } = status ?? NO_STATUS;
  const command = curlCommand(listenUrl, sample);
  const har = (): string => JSON.stringify(harOf(sample, version, originsOf(status)), undefined, 2);
  return (
    <section className="panel" aria-labelledby="request-title">
      <h2 id="request-title">Request</h2>
      <p className="buttons request-buttons">
        <Link
          from="/sample/$id"
          to="."
          params
          search={(last) => ({ ...last, resend: "ask" })}
          resetScroll={false}
          replace
          className="button"
          data-resend
        >
          Send again
        </Link>
        {cause === undefined ? null : (
          <Link
            to="/causes/$signature"
            params={{ signature: cause }}
            search={{ name: sample.endpoint, route: sample.route, isolate: sample.id }}
            className="button"
          >
            Isolate the cause
          </Link>
        )}
        <CopyButton text={command} label="Copy as curl" />
        <CopyButton text={har} label="Copy as HAR" />
        <button
          type="button"
          onClick={() => downloadText(har(), `exchange-${sample.id.replaceAll(/[^\w-]/g, "_")}.har`)}
        >
          Download HAR
        </button>
      </p>
      <dl className="fields">
        {endToEndFields(sample.headers).map(([name, value], index) => (
          // Fields have an order and no id.
          // oxlint-disable-next-line react/no-array-index-key
          <div key={index}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <details>
        <summary>curl</summary>
        <pre className="command" data-curl>
          {command}
        </pre>
      </details>
      <p className="hint">Secrets were replaced by fingerprints before storage. Request bodies are not stored.</p>
    </section>
  );
}

/** Saves a text as a file, without a request. */
function downloadText(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
