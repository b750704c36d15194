import { useState, type FormEvent, type ReactElement } from "react";
import { openSession } from "../data/api-client.ts";

/** Asks for the admin token after a response with status 401. */
export function TokenForm({ onSignIn }: { readonly onSignIn: () => void }): ReactElement {
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    openSession(token).then(onSignIn, (error: unknown) => {
      setProblem(error instanceof Error ? error.message : String(error));
    });
  };
  return (
    <main className="empty-state">
      <form className="token-form" onSubmit={submit}>
        <h1>shadowdiff</h1>
        <label htmlFor="token">Admin token</label>
        <input
          id="token"
          type="password"
          autoComplete="current-password"
          value={token}
          onChange={(event) => setToken(event.target.value)}
        />
        <p className="hint">
          The content of the file named by admin.tokenFile, or the value of SHADOWDIFF_ADMIN_TOKEN.
        </p>
        <button type="submit" className="primary" disabled={token === ""}>
          Sign in
        </button>
        {problem === null ? null : (
          <p className="error-text" role="alert">
            {problem}
          </p>
        )}
      </form>
    </main>
  );
}
