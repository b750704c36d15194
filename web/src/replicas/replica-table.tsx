import type { ReactElement } from "react";
import type { Run } from "../../../src/model/run.ts";
import type { ReplicaState } from "../../../src/model/shared/replica.ts";
import type { Replicas, ReplicaView } from "../../../src/model/views/replicas.ts";
import { formatCount, formatPlural } from "../../../src/presentation/words/number-format.ts";
import { Scroll } from "../ui/scroll.tsx";
import { runTitle } from "../ui/run-title.ts";
import { formatAge, formatDateTime } from "../ui/time.ts";

/** What a state means, for its tooltip. */
const STATES: Readonly<Record<ReplicaState, string>> = {
  live: "Its heartbeat is at most three seconds old.",
  stalled: "Its heartbeat is late: it cannot reach the store, or is suspended.",
  ended: "It was shut down, and has stored everything.",
  lost: "It has been without a heartbeat for so long that its requests in flight count as interrupted.",
};

/** One row per replica. */
export function ReplicaTable({ view, runs }: { readonly view: Replicas; readonly runs: readonly Run[] }): ReactElement {
  return (
    <Scroll>
      <table className="replicas">
        <caption className="visually-hidden">Replicas by name</caption>
        <thead>
          <tr>
            <th scope="col">Replica</th>
            <th scope="col">State</th>
            <th scope="col">Health</th>
            <th scope="col">Configuration</th>
            <th scope="col">Run</th>
            <th scope="col">Version</th>
            <th scope="col">Started</th>
          </tr>
        </thead>
        <tbody>
          {view.replicas.map((replica) => (
            <ReplicaRow key={replica.id} replica={replica} run={runs.find(({ id }) => id === replica.runId)} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function ReplicaRow({ replica, run }: { readonly replica: ReplicaView; readonly run: Run | undefined }): ReactElement {
  const { name, self, state, heartbeatAgeMs, adminUrl, config, differing, runId, version, startedAt } = replica;
  return (
    <tr data-replica={name} data-state={state}>
      <th scope="row">
        <span className="strong">{name}</span>
        {self ? <span className="muted"> (this one)</span> : null}
        {adminUrl === "" || self ? null : (
          <a className="subline small" href={adminUrl}>
            {adminUrl}
          </a>
        )}
      </th>
      <td>
        <span className={`replica-state replica-${state}`} title={STATES[state]}>
          {state}
        </span>
        {state === "live" ? null : (
          <span className="subline small muted">heartbeat {formatAge(heartbeatAgeMs)} ago</span>
        )}
      </td>
      <td className="value">
        <Health replica={replica} />
      </td>
      <td className="value">
        <code>{config.hash}</code>
        {differing.length === 0 ? null : (
          <span className="subline small replica-differs">differs in {differing.join(", ")}</span>
        )}
      </td>
      <td>{run === undefined ? (runId ?? <span className="muted">–</span>) : runTitle(run)}</td>
      <td>
        <code>{version}</code>
      </td>
      <td>{formatDateTime(startedAt)}</td>
    </tr>
  );
}

function Health({ replica: { state, health } }: { readonly replica: ReplicaView }): ReactElement {
  const problems = [
    ...(health.storeError === null ? [] : [`store: ${health.storeError}`]),
    ...health.down.map((address) => `${address} is down`),
    ...(health.droppedCopies === 0 ? [] : [`${formatPlural(health.droppedCopies, "copy", "copies")} dropped`]),
    ...(health.lostExchanges === 0 ? [] : [`${formatPlural(health.lostExchanges, "exchange")} not stored`]),
    ...(health.threadRestarts === 0 ? [] : [`threads restarted ${formatCount(health.threadRestarts)}×`]),
    ...(health.draining && state !== "ended" ? ["shutting down"] : []),
    ...(health.ready || health.draining ? [] : ["starting"]),
  ];
  if (problems.length === 0) return <span className="muted">no problem</span>;
  return (
    <>
      {problems.map((problem) => (
        <span key={problem} className="subline">
          {problem}
        </span>
      ))}
    </>
  );
}
