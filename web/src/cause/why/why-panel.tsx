import type { ReactElement } from "react";
import type { Explanation, ExplanationKind } from "../../../../src/model/explain/explanation.ts";
import { useOverview } from "../../data/queries.ts";
import { useSelection } from "../../data/selection.ts";
import { ExplanationPlaceboNote } from "../../overview/explanation-placebo.tsx";
import type { CauseSearch } from "../../search-params.ts";
import { FindingTable } from "./finding-table.tsx";
import { basisText, SOURCE_WORDS } from "./finding-words.ts";

const NOTHING = "Nothing that was tested tells exchanges with this cause from all others.";

/** What it means that there is no finding. */
const NO_FINDING: Readonly<Record<ExplanationKind, string>> = {
  always: "All exchanges have it, so that there are no others to compare them with.",
  time: "It depends on the time. Apart from that, nothing that was tested tells its exchanges from all others.",
  "too-few": "There are too few exchanges with it, or without it, to tell.",
  even: NOTHING,
  condition: NOTHING,
};

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
        <p>{NO_FINDING[explanation.kind]}</p>
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
