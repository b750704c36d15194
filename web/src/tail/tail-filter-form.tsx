import { useEffect, useRef, type ReactElement } from "react";
import type { TailSearch } from "../search-params.ts";
import { useFieldText } from "../ui/use-field-text.ts";
import { useKeys } from "../ui/use-keys.ts";

/** A new filter opens a new stream, so that typing waits. */
const TYPING_MS = 300;

const STATUSES = [
  ["", "any status"],
  ["changed", "status changed"],
  ["2xx", "2xx"],
  ["3xx", "3xx"],
  ["4xx", "4xx"],
  ["5xx", "5xx"],
  ["0", "incomplete"],
] as const;

interface Props {
  readonly search: TailSearch;
  readonly onChange: (change: TailSearch) => void;
}

/** What the tail shows. The URL holds it. */
export function TailFilterForm({ search, onChange }: Props): ReactElement {
  const isListed = STATUSES.some(([value]) => value === (search.status ?? ""));
  return (
    <search className="tail-filter">
      <TextField search={search} onChange={onChange} />
      <select
        aria-label="Status of either response"
        value={search.status ?? ""}
        onChange={({ target }) => onChange({ status: target.value === "" ? undefined : target.value })}
      >
        {STATUSES.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
        {isListed ? null : <option value={search.status}>{search.status}</option>}
      </select>
      <label className="tail-check">
        <input
          type="checkbox"
          checked={search.differing === "only"}
          onChange={({ target }) => onChange({ differing: target.checked ? "only" : undefined })}
        />
        Only differences, without noise
      </label>
      {search.endpoint === undefined ? null : (
        <button type="button" className="tail-endpoint" onClick={() => onChange({ endpoint: undefined })}>
          <code>{search.endpoint}</code> <span aria-hidden="true">✕</span>
          <span className="visually-hidden">: show all endpoints</span>
        </button>
      )}
    </search>
  );
}

function TextField({ search, onChange }: Props): ReactElement {
  const { field, text, setText } = useFieldText(search.text ?? "");
  useKeys("Every page", { "/": () => field.current?.focus() });
  const latest = useRef(onChange);
  useEffect(() => {
    latest.current = onChange;
  });
  useEffect(() => {
    const wanted = text === "" ? undefined : text;
    if (wanted === search.text) return undefined;
    const timer = setTimeout(() => latest.current({ text: wanted }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, search.text]);
  return (
    <input
      ref={field}
      type="search"
      aria-label="Part of the target"
      placeholder="Part of the target (/)"
      value={text}
      onChange={({ target }) => setText(target.value)}
    />
  );
}
