import { useState, type ReactElement } from "react";

/** These change nothing at the receiver (RFC 9110 §9.2.1). */
const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

/** The methods that a confirmed request opts in to: those that need it. */
export function optedIn(method: string): readonly string[] {
  return SAFE_METHODS.has(method) ? [] : [method];
}

/** A method that can change data is only sent after the reader says so. */
export function MethodConsent({ method }: { readonly method: string }): ReactElement | null {
  const [isAllowed, setIsAllowed] = useState(false);
  if (SAFE_METHODS.has(method)) return null;
  return (
    <label className="consent">
      <input
        type="checkbox"
        required
        checked={isAllowed}
        onChange={({ target }) => setIsAllowed(target.checked)}
        data-consent
      />{" "}
      <b>{method}</b> can change data. Send it to all of these versions.
    </label>
  );
}
