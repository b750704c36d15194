/** A status code that differs: the primary's and the candidate's; 0 is a response that is missing or incomplete. */
export interface StatusChange {
  readonly primary: number;
  readonly candidate: number;
}

/** What a change of status means for clients. */
export type StatusChangeKind = "break" | "fix" | "change";

/** The path of a difference of status: each pair is a field of its own, so that one pair never excuses another. */
export function statusPath({ primary, candidate }: StatusChange): string {
  return `${primary}->${candidate}`;
}

/** The inverse of `statusPath`. @returns undefined for `$`, the path of every pair in earlier versions and in rules */
export function parseStatusPath(path: string): StatusChange | undefined {
  const [, primary, candidate] = /^(\d{1,3})->(\d{1,3})$/.exec(path) ?? [];
  return primary === undefined ? undefined : { primary: Number(primary), candidate: Number(candidate) };
}

/**
 * `fix`: a server error became a success. `break`: a success became an error, or an error of the client one of the server.
 * Everything else is a `change`, also 401 → 200, which may be a hole rather than a fix.
 */
export function statusChangeKind({ primary, candidate }: StatusChange): StatusChangeKind {
  if (isServerError(primary)) return candidate >= 200 && candidate < 300 ? "fix" : "change";
  const wasSuccess = primary < 400;
  return isServerError(candidate) || (wasSuccess && candidate >= 400) ? "break" : "change";
}

function isServerError(status: number): boolean {
  return status === 0 || status >= 500;
}

/** `200 → 404`, `200 → incomplete`. */
export function formatStatusChange({ primary, candidate }: StatusChange): string {
  return `${formatStatus(primary)} → ${formatStatus(candidate)}`;
}

/** A status code for display; 0 is a response that is missing or incomplete. */
export function formatStatus(status: number): string {
  return status === 0 ? "incomplete" : String(status);
}
