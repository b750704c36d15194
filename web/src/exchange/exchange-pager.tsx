import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { SampleDetail } from "../../../src/model/sample.ts";
import { useSamples } from "../data/queries.ts";
import type { SampleSearch } from "../search-params.ts";
import { useSelection } from "../data/selection.ts";

const LIMIT = 200;

/** Links to the next and previous stored exchange of the endpoint, or of the field in the URL. */
export function ExchangePager({
  sample,
  search,
}: {
  readonly sample: SampleDetail;
  readonly search: SampleSearch;
}): ReactElement {
  const { run, candidate } = useSelection();
  const { section, path } = search;
  const samples = useSamples({ run: run.id, candidate, endpoint: sample.endpoint, section, path, limit: LIMIT });
  const heads = samples.data?.samples ?? [];
  const index = heads.findIndex(({ id }) => id === sample.id);
  const newer = index === -1 ? undefined : heads[index - 1];
  const older = heads[index + 1];
  return (
    <nav
      className="pager"
      aria-label={path === undefined ? "Exchanges on this endpoint" : `Exchanges that differ in ${path}`}
    >
      {newer === undefined ? (
        <span className="muted">‹ Newer</span>
      ) : (
        <Link to="/sample/$id" params={{ id: newer.id }} search={search}>
          ‹ Newer
        </Link>
      )}
      <span className="muted">{index === -1 ? "" : `${index + 1} of ${heads.length}`}</span>
      {older === undefined ? (
        <span className="muted">Older ›</span>
      ) : (
        <Link to="/sample/$id" params={{ id: older.id }} search={search}>
          Older ›
        </Link>
      )}
    </nav>
  );
}
