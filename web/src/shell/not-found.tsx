import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";

export function NotFound(): ReactElement {
  return (
    <div className="state">
      <h2>There is no such page</h2>
      <p>
        <Link to="/">Go to the overview</Link>
      </p>
    </div>
  );
}
