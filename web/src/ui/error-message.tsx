import type { ReactElement } from "react";

/** Why an action failed; renders nothing without an error. */
export function ErrorMessage({ error }: { readonly error: Error | null }): ReactElement | null {
  if (error === null) return null;
  return (
    <p className="error-text" role="alert">
      {error.message}
    </p>
  );
}
