import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { SampleSummary } from "../data/sample-head.ts";
import { useSamples } from "../data/queries.ts";
import { plural } from "../ui/numbers.ts";
import { formatDateTime } from "../ui/time.ts";
import type { EndpointSearch } from "../search-params.ts";
import { QueryState } from "../ui/query-state.tsx";
import { useSelection } from "../data/selection.ts";

const LIMIT = 50;

/** Kept exchanges of an endpoint, or of its selected field. */
export function ExchangeList({ search }: { readonly search: EndpointSearch }): ReactElement {
  const { run, candidate } = useSelection();
  const { name, section, path } = search;
  const samples = useSamples({ run: run.id, candidate, endpoint: name, section, path, limit: LIMIT });
  return (
    <section className="panel" aria-labelledby="samples-title">
      <div className="panel-head">
        <h2 id="samples-title">
          Exchanges{path === undefined ? "" : " that differ in "}
          {path === undefined ? null : (
            <code>
              {section} {path}
            </code>
          )}
        </h2>
        {path === undefined ? null : (
          <Link
            to="/endpoint"
            search={(last) => ({ ...last, name, section: undefined, path: undefined })}
            resetScroll={false}
          >
            Show those of all fields
          </Link>
        )}
      </div>
      <QueryState query={samples} what="the exchanges">
        {({ samples: heads }) =>
          heads.length === 0 ? (
            <p className="hint">
              No exchange is kept here. Exchanges are kept for fields that differ, a few per field, and deleted by age
              and size.
            </p>
          ) : (
            <ExchangeTable heads={heads} search={search} />
          )
        }
      </QueryState>
    </section>
  );
}

interface SampleTableProps {
  readonly heads: readonly SampleSummary[];
  readonly search: EndpointSearch;
}

function ExchangeTable({ heads, search }: SampleTableProps): ReactElement {
  const { section, path } = search;
  return (
    <div className="scroll">
      <table>
        <caption className="hidden">Kept exchanges, newest first</caption>
        <thead>
          <tr>
            <th scope="col">Request</th>
            <th scope="col">Arrived</th>
            <th scope="col">Status, primary → candidate</th>
            <th scope="col">Differs in</th>
          </tr>
        </thead>
        <tbody>
          {heads.map((head) => (
            <tr key={head.id} data-row data-sample={head.id}>
              <th scope="row">
                <Link to="/sample/$id" params={{ id: head.id }} search={{ section, path }} className="mono-link">
                  {head.method} {head.target}
                </Link>
              </th>
              <td className="nowrap">{formatDateTime(head.at)}</td>
              <td className="nowrap">
                {statusWord(head.primaryStatus)} → {statusWord(head.candidateStatus)}
              </td>
              <td className="soft">{plural(head.fields.filter(({ mark }) => mark !== "noise").length, "field")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A leg that failed before its head has no status. */
function statusWord(status: number): string {
  return status === 0 ? "no answer" : String(status);
}
