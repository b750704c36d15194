import { useState, type ReactElement } from "react";
import type { SampleDetail } from "../../../src/model/sample.ts";
import { curlCommand } from "./curl-command.ts";

/** The request as a shell command. Without a clipboard (a page over plain http) it can be selected and copied. */
export function CurlPanel({
  sample,
  origin,
}: {
  readonly sample: SampleDetail;
  readonly origin: string;
}): ReactElement {
  const [note, setNote] = useState("");
  const command = curlCommand(origin, sample);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(command);
      setNote("copied");
    } catch {
      setNote("the browser refused; select the text and copy it");
    }
  };
  return (
    <details className="panel">
      <summary>Request as curl</summary>
      <pre className="command" data-curl>
        {command}
      </pre>
      <p className="hint">
        <button type="button" onClick={() => void copy()}>
          Copy
        </button>{" "}
        <output>{note}</output> Secrets were replaced by fingerprints before storage, and a request body is not kept.
      </p>
    </details>
  );
}
