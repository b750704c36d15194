import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { ControlView } from "../../../src/model/control.ts";
import { formatPlural } from "../../../src/presentation/words/number-format.ts";

/** Which replicas mirror as the screen says. */
export function Reach({ reach }: { readonly reach: NonNullable<ControlView["reach"]> }): ReactElement {
  const { applied, waiting, unstored } = reach;
  if (unstored !== null) {
    return (
      <p className="reach reach-partial" role="alert">
        Only this replica is paused: {unstored}. The others follow when the store works again; until then, pause each of
        them at its own address.
      </p>
    );
  }
  if (waiting.length > 0) {
    return (
      <output className="reach reach-partial">
        In force on {applied.join(", ")}; not yet on {waiting.join(", ")}.
      </output>
    );
  }
  return (
    <p className="hint">
      In force on <Link to="/replicas">{formatPlural(applied.length, "replica")}</Link>.
    </p>
  );
}
