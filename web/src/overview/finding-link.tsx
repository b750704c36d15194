import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { Finding } from "../../../src/model/views/overview.ts";

/** A sentence whose endpoint links to its screen, or which links as a whole to the cause that it is about. */
export function FindingLink({ finding: { text, about } }: { readonly finding: Finding }): ReactElement {
  if (about === null) return <>{text}</>;
  const { endpoint, route, cause } = about;
  const search = { name: endpoint, ...(route !== null && { route }), ...(cause !== null && { cause }) };
  const at = cause === null ? text.indexOf(endpoint) : -1;
  if (at === -1) {
    return (
      <Link to="/endpoint" search={search}>
        {text}
      </Link>
    );
  }
  return (
    <>
      {text.slice(0, at)}
      <Link to="/endpoint" search={search}>
        {endpoint}
      </Link>
      {text.slice(at + endpoint.length)}
    </>
  );
}
