import type { ReactElement } from "react";
import type { Explanation } from "../../../../src/model/explain/explanation.ts";
import { useOverview } from "../../data/queries.ts";
import { useSelection } from "../../data/selection.ts";
import { ExplanationPlaceboNote } from "../../overview/explanation-placebo.tsx";
import type { CauseSearch } from "../../search-params.ts";
import { FindingTable } from "./finding-table.tsx";
import { basisText, SOURCE_WORDS } from "./finding-words.ts";

interface Props {
  readonly explanation: Explanation;
  readonly search: CauseSearch;
}

/** What exchanges with a cause have in common, what was tested for that, and how far the search can be trusted. */
export function WhyPanel({ explanation, search }: Props): ReactElement {
  const { signature, findings, basis } = explanation;
  const { run, candidate } = useSelection();
  const overview = useOverview({ run: run.id, candidate }, { causes: 1, statuses: 0 });
  return (
    <section className="panel" aria-labelledby="why-title">
      <div className="panel-head">
        <h2 id="why-title">What its exchanges have in common</h2>
      </div>
      {findings.length === 0 ? (
        <p>Nothing that was tested tells exchanges with this cause from all others.</p>
      ) : (
        <>
          <p className="hint">A condition selects its exchanges below.</p>
          <FindingTable signature={signature} findings={findings} search={search} />
        </>
      )}
      <p className="hint" data-basis>
        {basisText(basis)}
      </p>
      {basis.cut.length === 0 ? null : (
        <p className="hint" data-cut>
          Not all attributes were kept, so that absence says nothing:{" "}
          {basis.cut.map((source) => (
            <span key={source} className="cut-source">
              <span aria-hidden="true">✂</span> {SOURCE_WORDS[source]}
            </span>
          ))}
        </p>
      )}
      <ExplanationPlaceboNote placebo={overview.data?.explanationPlacebo} />
    </section>
  );
}
