import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { ExplanationFinding } from "../../../src/model/explain/explanation.ts";
import { formatCount, formatPlural } from "../../../src/presentation/words/number-format.ts";
import { conditionTexts } from "../data/explanations.ts";
import { samplesQuery, type SampleSummary } from "../data/queries.ts";
import { useSelection } from "../data/selection.ts";
import { SampleTable } from "../exchange/list/sample-table.tsx";
import type { CauseSearch } from "../search-params.ts";
import { QueryState } from "../ui/query-state.tsx";
import { SafeText } from "../ui/text/safe-text.tsx";

const LIMIT = 50;

interface Props {
  readonly signature: string;
  readonly endpoint: string;
  readonly search: CauseSearch;
  /** The finding of the URL; undefined: there is none with these words. */
  readonly finding: ExplanationFinding | undefined;
}

/** Stored exchanges with a cause on one endpoint; those that meet the conditions of the selected finding. */
export function CauseSamples({ signature, endpoint, search, finding }: Props): ReactElement {
  const { run, candidate } = useSelection();
  const condition = finding === undefined ? undefined : conditionTexts(finding.conditions);
  const samples = useQuery({
    ...samplesQuery({ run: run.id, candidate, endpoint, cause: signature, condition, limit: LIMIT }),
    placeholderData: keepPreviousData,
  });
  return (
    <section className="panel exchanges" aria-labelledby="samples-title" aria-busy={samples.isPlaceholderData}>
      <div className="panel-head">
        <h2 id="samples-title">Exchanges with this cause</h2>
        {samples.isPlaceholderData ? <output className="loading muted">Loading…</output> : null}
        <FindingFilter signature={signature} search={search} isKnown={finding !== undefined} />
      </div>
      <QueryState query={samples} what="the exchanges">
        {({ samples: heads, unjudged = 0 }) =>
          heads.length === 0 ? (
            <p className="hint">
              {finding === undefined
                ? "No stored exchanges. A few exchanges are stored per differing field; old ones are deleted when they exceed the retention limits."
                : `No stored exchange is known to meet this condition: only a few of each field are stored.${unjudged === 0 ? "" : ` The attributes of ${formatCount(unjudged)} were not kept.`}`}
            </p>
          ) : (
            <>
              <SampleTable
                heads={heads}
                search={{ cause: signature }}
                actionTitle="Isolate"
                renderAction={(head) => <IsolateLink signature={signature} head={head} />}
              />
              {unjudged === 0 ? null : (
                <p className="hint">
                  {formatPlural(unjudged, "stored exchange")} left out, whose attributes were not kept.
                </p>
              )}
            </>
          )
        }
      </QueryState>
    </section>
  );
}

function FindingFilter({
  signature,
  search,
  isKnown,
}: Pick<Props, "signature" | "search"> & { readonly isKnown: boolean }): ReactElement | null {
  if (search.finding === undefined) return null;
  return (
    <Link
      to="/causes/$signature"
      params={{ signature }}
      search={(last) => ({ ...last, finding: undefined })}
      resetScroll={false}
      className="chip"
      data-finding-filter
    >
      {isKnown ? "with " : "no longer found: "}
      <code>
        <SafeText text={search.finding} />
      </code>{" "}
      <span aria-hidden="true">×</span>
      <span className="visually-hidden">: remove this filter</span>
    </Link>
  );
}

function IsolateLink({ signature, head }: Pick<Props, "signature"> & { readonly head: SampleSummary }): ReactElement {
  return (
    <Link
      to="/causes/$signature"
      params={{ signature }}
      search={(last) => ({ ...last, isolate: head.id })}
      resetScroll={false}
      className="button"
      aria-label={`Isolate ${head.method} ${head.target}`}
    >
      Isolate
    </Link>
  );
}
