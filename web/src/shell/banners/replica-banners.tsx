import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { formatPlural } from "../../../../src/presentation/words/number-format.ts";
import type { ReplicaSummary } from "../../../../src/model/views/replicas.ts";
import { Banner } from "../../ui/banner.tsx";

/** Replicas that do not respond, and those with another configuration. */
export function ReplicaBanners({ replicas }: { readonly replicas: ReplicaSummary }): ReactElement {
  const { lost, stalled, differing } = replicas;
  return (
    <>
      {lost.length === 0 ? null : (
        <Banner tone="bad" title={`${formatPlural(lost.length, "replica")} lost: ${lost.join(", ")}.`}>
          What it had not stored is missing in this run. <ToReplicas />
        </Banner>
      )}
      {stalled.length === 0 ? null : (
        <Banner tone="warn" title={`No heartbeat: ${stalled.join(", ")}.`}>
          It cannot reach the store at the moment, or is suspended. <ToReplicas />
        </Banner>
      )}
      {differing.length === 0 ? null : (
        <Banner tone="warn" title="Configurations differ:">
          {differing.map(({ name, sections }) => `${name} in ${sections.join(", ")}`).join("; ")}. Requests count to one
          run, but are not treated equally. <ToReplicas />
        </Banner>
      )}
    </>
  );
}

function ToReplicas(): ReactElement {
  return <Link to="/replicas">Show the replicas</Link>;
}
