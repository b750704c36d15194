import { useState, type ReactElement } from "react";
import type { ParameterShare } from "../../../../src/model/difference.ts";
import type { CauseReport, EndpointReport } from "../../../../src/model/report.ts";
import { formatCount } from "../../../../src/presentation/words/number-format.ts";
import type { EndpointSearch } from "../../search-params.ts";
import { ParameterTable } from "./parameter-table.tsx";

/** Shown at first; a button shows the rest. */
const FIRST = 5;

interface Props {
  readonly endpoint: Pick<EndpointReport, "parameters">;
  readonly search: EndpointSearch;
}

interface CauseProps {
  readonly cause: Pick<CauseReport, "parameters">;
  readonly search: EndpointSearch;
}

/** Which exchanges of an endpoint count against parity, by query parameter; nothing if no request has one. */
export function ParameterPanel({ endpoint, search }: Props): ReactElement | null {
  const [isOpen, setIsOpen] = useState(false);
  const { parameters } = endpoint;
  if (parameters.length === 0) return null;
  const first = parameters.filter(isUnequal).slice(0, FIRST);
  const shown = isOpen ? parameters : first;
  return (
    <section className="panel" aria-labelledby="parameters-title">
      <div className="panel-head">
        <h2 id="parameters-title">Query parameters</h2>
        {first.length === parameters.length ? null : (
          <button type="button" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
            {isOpen ? "Show fewer" : `Show all ${formatCount(parameters.length)}`}
          </button>
        )}
      </div>
      {first.length === 0 ? (
        <p className="hint">Exchanges count against parity equally often with and without each query parameter.</p>
      ) : (
        <p className="hint">
          Exchanges that count against parity, with each parameter and without it. A name selects its exchanges below.
        </p>
      )}
      {shown.length === 0 ? null : <ParameterTable parameters={shown} search={search} counted="count against parity" />}
    </section>
  );
}

function isUnequal({ count, compared, countWithout, comparedWithout }: ParameterShare): boolean {
  return count * comparedWithout !== countWithout * compared;
}

/** Where a cause shows, by query parameter; nothing if no parameter tells exchanges with and without it apart. */
export function CauseParameters({ cause, search }: CauseProps): ReactElement | null {
  if (cause.parameters.length === 0) return null;
  return (
    <section className="panel" aria-labelledby="cause-parameters-title">
      <h2 id="cause-parameters-title">Query parameters of this cause</h2>
      <ParameterTable parameters={cause.parameters} search={search} counted="have this cause" />
    </section>
  );
}
