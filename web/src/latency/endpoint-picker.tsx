import { useNavigate } from "@tanstack/react-router";
import { useId, useState, type ReactElement } from "react";
import { formatCount } from "../../../src/presentation/words/number-format.ts";
import { closestNames } from "./closest-names.ts";
import { useEndpoints, type ReportScope } from "../data/queries.ts";

/** Names that the server finds among thousands while typing, and those of them that are suggested. */
const FOUND = 100;
const SUGGESTED = 20;

interface Props {
  readonly scope: ReportScope;
  /** Undefined for all endpoints. */
  readonly endpoint: string | undefined;
}

/** Selects an endpoint by typing a part of its name. */
export function EndpointPicker({ scope, endpoint }: Props): ReactElement {
  const [typed, setTyped] = useState<string | null>(null);
  const id = useId();
  const navigate = useNavigate();
  const found = useEndpoints(scope, {
    q: typed === null || typed === "" ? undefined : typed,
    sort: "endpoint",
    dir: "asc",
    limit: FOUND,
  });
  const names = closestNames(found.data?.endpoints.map((each) => each.endpoint) ?? [], typed ?? "").slice(0, SUGGESTED);
  const select = (name: string | undefined): void => {
    setTyped(null);
    void navigate({ to: "/latency", search: (last) => ({ ...last, endpoint: name }), resetScroll: false });
  };
  return (
    <form
      className="endpoint-picker"
      onSubmit={(event) => {
        event.preventDefault();
        const [first] = names;
        if (typed === "" || first === undefined) select(undefined);
        else select(names.find((name) => name === typed) ?? first);
      }}
    >
      <label htmlFor={`${id}-input`}>Endpoint</label>
      <input
        id={`${id}-input`}
        type="search"
        list={`${id}-names`}
        autoComplete="off"
        placeholder={found.data === undefined ? "all" : `all ${formatCount(found.data.counts.total)}: type to search`}
        value={typed ?? endpoint ?? ""}
        onChange={({ target: { value } }) => {
          if (value === "") select(undefined);
          else if (names.includes(value)) select(value);
          else setTyped(value);
        }}
        onBlur={() => setTyped(null)}
      />
      <datalist id={`${id}-names`}>
        {names.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </datalist>
      {endpoint === undefined ? null : (
        <button type="button" onClick={() => select(undefined)}>
          All endpoints
        </button>
      )}
    </form>
  );
}
