import type { ReactElement } from "react";
import type { SampleDetail, SampleDetailLeg } from "../../../src/model/sample.ts";
import { failureReason, failureText } from "../../../src/presentation/words/failure-words.ts";
import { formatStatus } from "../../../src/presentation/statuses/status-change.ts";
import { formatBytes, formatDuration } from "../../../src/presentation/words/number-format.ts";

function bodyText({ body }: SampleDetailLeg): string {
  if (body.form === "empty") return "empty";
  const type = body.mediaType === "" ? body.form : body.mediaType;
  return `${type}, ${formatBytes(body.length)}${body.truncated ? ", truncated" : ""}`;
}

/** Status code, size and timing of each role's response. */
export function ResponseTable({ sample }: { readonly sample: SampleDetail }): ReactElement {
  const { primary, candidate, secondary } = sample.legs;
  const legs = [
    { role: "primary", leg: primary },
    { role: "candidate", leg: candidate },
    ...(secondary === null ? [] : [{ role: "secondary", leg: secondary }]),
  ];
  return (
    <div className="scroll">
      <table>
        <caption className="visually-hidden">The response of each role</caption>
        <thead>
          <tr>
            <th scope="col">Role</th>
            <th scope="col">Status</th>
            <th scope="col">Body</th>
            <th scope="col" className="number">
              Connect
            </th>
            <th scope="col" className="number">
              First byte
            </th>
            <th scope="col" className="number">
              Last byte
            </th>
          </tr>
        </thead>
        <tbody>
          {legs.map(({ role, leg }) => (
            <tr key={role} data-role={role}>
              <th scope="row">
                <span className={`role-dot role-${role}`} aria-hidden="true" /> {role}{" "}
                {leg.subset === role ? null : <span className="muted">{leg.subset}</span>}
              </th>
              <td>
                <span className={role !== "primary" && leg.status !== primary.status ? "changed" : undefined}>
                  {formatStatus(leg.status)}
                </span>
                {leg.failure === null ? null : (
                  <span className="error-text">
                    {" "}
                    {failureText({ ...leg.failure, reason: failureReason(leg.failure, leg.status) })}
                  </span>
                )}
              </td>
              <td>{bodyText(leg)}</td>
              <td className="number muted">{formatDuration(leg.timing.connectMs)}</td>
              <td className="number">{formatDuration(leg.timing.firstByteMs)}</td>
              <td className="number">{formatDuration(leg.timing.totalMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
