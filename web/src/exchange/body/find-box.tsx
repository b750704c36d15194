import type { ReactElement } from "react";
import { formatCount } from "../../../../src/presentation/words/number-format.ts";
import { useFieldText } from "../../ui/use-field-text.ts";
import { useKeys } from "../../ui/use-keys.ts";
import { MAX_MATCHES, type Match } from "../../../../src/presentation/bodies/find-in-lines.ts";

interface Props {
  readonly find: string;
  readonly matches: readonly Match[];
  readonly row: number | undefined;
  readonly onFind: (text: string) => void;
  readonly onGo: (row: number) => void;
}

/** The browser's search finds only rows that are in the document, so the body has one of its own. */
export function FindBox({ find, matches, row, onFind, onGo }: Props): ReactElement {
  const { field, text, setText } = useFieldText(find);
  useKeys("Every page", { "/": () => field.current?.focus() });
  const rows = [...new Set(matches.map((match) => match.row))];
  const current = rows.indexOf(row ?? -1);
  const go = (step: 1 | -1): void => {
    const from = row ?? -1;
    const next = step === 1 ? rows.find((each) => each > from) : rows.findLast((each) => each < from);
    const target = next ?? (step === 1 ? rows[0] : rows.at(-1));
    if (target !== undefined) onGo(target);
  };
  return (
    <search className="find-box">
      <input
        ref={field}
        type="search"
        aria-label="Find in the body"
        placeholder="Find in the body"
        value={text}
        onChange={({ target: { value } }) => {
          setText(value);
          onFind(value);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") go(event.shiftKey ? -1 : 1);
          if (event.key === "Escape") event.currentTarget.blur();
        }}
      />
      {find === "" ? null : (
        <>
          <output>{countText(rows.length, current)}</output>
          <button type="button" aria-label="Previous match" disabled={rows.length === 0} onClick={() => go(-1)}>
            ↑
          </button>
          <button type="button" aria-label="Next match" disabled={rows.length === 0} onClick={() => go(1)}>
            ↓
          </button>
        </>
      )}
    </search>
  );
}

function countText(count: number, current: number): string {
  if (count === 0) return "not found";
  const total = count >= MAX_MATCHES ? `${formatCount(MAX_MATCHES)}+` : formatCount(count);
  if (current === -1) return count === 1 ? "1 line" : `${total} lines`;
  return `${formatCount(current + 1)} of ${total} lines`;
}
