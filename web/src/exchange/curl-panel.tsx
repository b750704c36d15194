import type { ReactElement } from "react";
import type { SampleDetail } from "../../../src/model/sample.ts";
import { CopyButton } from "../ui/copy-button.tsx";
import { curlCommand } from "./curl-command.ts";

interface Props {
  readonly sample: SampleDetail;
  readonly origin: string;
}

/** The request as a curl command to copy. */
export function CurlPanel({ sample, origin }: Props): ReactElement {
  const command = curlCommand(origin, sample);
  return (
    <details className="panel">
      <summary>Request as a curl command</summary>
      <pre className="command" data-curl>
        {command}
      </pre>
      <p className="hint">
        <CopyButton text={command} /> Secrets were replaced by fingerprints before storage. Request bodies are not
        stored.
      </p>
    </details>
  );
}
