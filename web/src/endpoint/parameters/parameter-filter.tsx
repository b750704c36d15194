import { useNavigate } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { ParameterShare } from "../../../../src/model/difference.ts";
import { parameterLabel } from "../../../../src/presentation/words/parameter-words.ts";
import type { EndpointSearch } from "../../search-params.ts";

interface Props {
  readonly parameters: readonly ParameterShare[];
  readonly search: EndpointSearch;
}

interface Choice {
  readonly label: string;
  readonly search: Pick<EndpointSearch, "query" | "without">;
}

/** Selects exchanges by what their query has. */
export function ParameterFilter({ parameters, search }: Props): ReactElement | null {
  const navigate = useNavigate();
  const choices = choicesOf(parameters, search);
  if (choices.length === 1) return null;
  const selected = choices.findIndex((choice) => isSame(choice.search, search));
  return (
    <label className="muted">
      Query{" "}
      <select
        value={selected}
        onChange={({ target }) => {
          const choice = choices[Number(target.value)]?.search;
          void navigate({
            to: "/endpoint",
            search: (last) => ({ ...last, name: search.name, query: choice?.query, without: choice?.without }),
            resetScroll: false,
          });
        }}
      >
        {choices.map(({ label }, index) => (
          <option key={label} value={index}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A link may name a parameter that the endpoint does not have. */
function choicesOf(parameters: readonly ParameterShare[], search: EndpointSearch): readonly Choice[] {
  const known = parameters.filter(({ kind }) => kind !== "other");
  const choices: Choice[] = [
    { label: "any", search: {} },
    ...known.map((share) => ({
      label: share.kind === "none" ? parameterLabel(share) : `with ${parameterLabel(share)}`,
      search: { query: share.name },
    })),
    ...known
      .filter(({ kind }) => kind === "name")
      .map((share) => ({
        label: `without ${parameterLabel(share)}`,
        search: { query: share.name, without: "yes" as const },
      })),
  ];
  if (choices.some((choice) => isSame(choice.search, search))) return choices;
  const { query = "", without } = search;
  return [...choices, { label: `${without === undefined ? "with" : "without"} ?${query}`, search: { query, without } }];
}

function isSame(one: Choice["search"], other: Choice["search"]): boolean {
  return one.query === other.query && one.without === other.without;
}
