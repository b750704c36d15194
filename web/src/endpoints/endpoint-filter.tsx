import type { ReactElement } from "react";
import type { Verdict } from "../../../src/model/report.ts";
import type { EndpointPage } from "../../../src/model/views/endpoint-page.ts";
import { formatCount } from "../../../src/presentation/words/number-format.ts";
import { useFieldText } from "../ui/use-field-text.ts";
import { useKeys } from "../ui/use-keys.ts";
import type { EndpointsSearch } from "../search-params.ts";

const VERDICTS: readonly Verdict[] = ["fail", "inconclusive", "pass"];

interface Props {
  readonly search: EndpointsSearch;
  readonly counts: EndpointPage["counts"] | undefined;
  readonly onChange: (change: EndpointsSearch) => void;
}

/** Text and verdict of the endpoints to show. `/` focuses the text. */
export function EndpointFilter({ search, counts, onChange }: Props): ReactElement {
  const { field, text, setText } = useFieldText(search.q ?? "");
  useKeys("Every page", { "/": () => field.current?.focus() });
  return (
    <search className="filter">
      <input
        ref={field}
        type="search"
        aria-label="Search endpoints"
        placeholder="Search endpoints  /"
        value={text}
        onChange={({ target: { value } }) => {
          setText(value);
          onChange({ q: value === "" ? undefined : value });
        }}
      />
      <fieldset className="segmented">
        <legend className="visually-hidden">Verdict</legend>
        {[undefined, ...VERDICTS].map((verdict) => (
          <button
            key={verdict ?? "all"}
            type="button"
            aria-pressed={search.verdict === verdict}
            onClick={() => onChange({ verdict })}
          >
            {verdict ?? "all"}{" "}
            <span className="muted">{counts === undefined ? "" : formatCount(counts[verdict ?? "total"])}</span>
          </button>
        ))}
      </fieldset>
    </search>
  );
}
