import { useEffect, useRef, useState, type ReactElement } from "react";
import type { EndpointReport, Verdict } from "../../../src/model/report.ts";
import { useKeys } from "../ui/use-keys.ts";
import type { OverviewSearch } from "../search-params.ts";

const VERDICTS: readonly Verdict[] = ["fail", "inconclusive", "pass"];

interface Props {
  readonly search: OverviewSearch;
  readonly endpoints: readonly EndpointReport[];
  readonly onChange: (change: OverviewSearch) => void;
}

export function EndpointFilter({ search, endpoints, onChange }: Props): ReactElement {
  const field = useRef<HTMLInputElement>(null);
  // The URL changes after the keystroke; a field bound to it would lose characters typed in between.
  const [text, setText] = useState(search.q ?? "");
  useEffect(() => {
    if (document.activeElement !== field.current) setText(search.q ?? "");
  }, [search.q]);
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
        {[undefined, ...VERDICTS].map((verdict) => {
          const count =
            verdict === undefined
              ? endpoints.length
              : endpoints.filter((endpoint) => endpoint.verdict === verdict).length;
          return (
            <button
              key={verdict ?? "all"}
              type="button"
              aria-pressed={search.verdict === verdict}
              onClick={() => onChange({ verdict })}
            >
              {verdict ?? "all"} <span className="muted">{count}</span>
            </button>
          );
        })}
      </fieldset>
    </search>
  );
}
