import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo, useState, type ReactElement } from "react";
import { formatPlural } from "../../../../src/presentation/words/number-format.ts";
import type { SampleDetail } from "../../../../src/model/sample.ts";
import type { SampleSearch } from "../../search-params.ts";
import { useKeys } from "../../ui/use-keys.ts";
import { findInDiff } from "../diff/find-in-lines.ts";
import type { RowMode } from "../diff/fold-rows.ts";
import type { BodyDiff } from "../diff/row-builder.ts";
import { DiffTable } from "./diff-table.tsx";
import { FindBox } from "./find-box.tsx";
import { LineBar } from "./line-bar.tsx";
import { useNarrow } from "./use-narrow.ts";
import "./diff.css";

interface Props {
  readonly diff: BodyDiff;
  readonly sample: SampleDetail;
  readonly leftName: string;
  readonly rightName: string;
}

/** What is selected: a difference, a found text or any row. */
interface Target {
  readonly row: number;
  /** Index of the difference that n and p have reached; -1 if a row was chosen in another way. */
  readonly difference: number;
}

/** The difference at the place that the URL names, or closest to it. */
function targetOf({ differences }: BodyDiff, at: string | undefined): Target | undefined {
  if (at === undefined) return undefined;
  const exact = differences.findIndex((each) => each.at === at || each.to === at);
  const near = differences.findIndex((each) => each.at.startsWith(`${at}/`) || at.startsWith(`${each.at}/`));
  const index = exact === -1 ? near : exact;
  const row = differences[index]?.row;
  return row === undefined ? undefined : { row, difference: index };
}

/** Both bodies with the tools to move in them. */
export function BodyView({ diff, sample, leftName, rightName }: Props): ReactElement {
  const search = useSearch({ from: "/sample/$id" });
  const setSearch = useSetSearch();
  const isNarrow = useNarrow();
  const layout = search.layout ?? (isNarrow ? "unified" : "split");
  const mode: RowMode = search.rows ?? "context";
  const [chosen, setChosen] = useState<{ readonly target: Target | undefined; readonly at: string | undefined }>({
    target: undefined,
    at: undefined,
  });
  const fromUrl = useMemo(() => targetOf(diff, search.at), [diff, search.at]);
  // A link to another place wins over what was chosen before.
  const target = chosen.at === search.at ? (chosen.target ?? fromUrl) : fromUrl;
  const first = useMemo(
    () =>
      mode === "all" && diff.differences[0] !== undefined
        ? { row: diff.differences[0].row, difference: -1 }
        : undefined,
    [diff, mode],
  );
  const find = search.find ?? "";
  const matches = useMemo(() => findInDiff(diff, find), [diff, find]);
  const { differences } = diff;

  const choose = useCallback(
    (next: Target): void => {
      const at = differences[next.difference]?.at ?? search.at;
      setChosen({ target: next, at });
      if (at !== search.at) setSearch({ at });
    },
    [differences, search.at, setSearch],
  );
  const go = (step: 1 | -1): void => {
    const index = nextDifference(differences, target, step);
    const row = differences[index]?.row;
    if (row !== undefined) choose({ row, difference: index });
  };
  const toggleLayout = (): void => setSearch({ layout: layout === "split" ? "unified" : "split" });
  useKeys("Exchange", { n: () => go(1), p: () => go(-1), s: toggleLayout });

  return (
    <>
      <div className="diff-bar">
        <DiffCount count={differences.length} index={target?.difference ?? -1} />
        <span className="buttons">
          <button
            type="button"
            aria-label="Previous difference"
            disabled={differences.length === 0}
            onClick={() => go(-1)}
          >
            ↑ <kbd>p</kbd>
          </button>
          <button type="button" aria-label="Next difference" disabled={differences.length === 0} onClick={() => go(1)}>
            ↓ <kbd>n</kbd>
          </button>
        </span>
        <FindBox
          find={find}
          matches={matches}
          row={target?.row}
          onFind={(text) => setSearch({ find: text === "" ? undefined : text })}
          onGo={(row) => choose({ row, difference: -1 })}
        />
        <LayoutButtons layout={layout} mode={mode} onChange={setSearch} />
      </div>
      <LineBar diff={diff} sample={sample} row={target?.row} difference={differences[target?.difference ?? -1]} />
      <DiffTable
        {...{ diff, layout, mode, find, leftName, rightName }}
        row={target?.row ?? first?.row}
        target={target ?? first}
        onSelect={(row) => choose({ row, difference: differences.findIndex((each) => each.row === row) })}
      />
    </>
  );
}

/** Replaces parts of the query; the page stays where it is. */
function useSetSearch(): (change: Partial<SampleSearch>) => void {
  const navigate = useNavigate({ from: "/sample/$id" });
  return useCallback(
    (change) => {
      void navigate({ search: (last) => ({ ...last, ...change }), replace: true, resetScroll: false });
    },
    [navigate],
  );
}

function nextDifference(differences: BodyDiff["differences"], target: Target | undefined, step: 1 | -1): number {
  const last = differences.length - 1;
  if (target === undefined) return step === 1 ? 0 : last;
  if (target.difference !== -1) return Math.min(Math.max(target.difference + step, 0), last);
  // From a row between two differences, to the closest one in that direction.
  if (step === 1) return differences.findIndex(({ row }) => row > target.row);
  return differences.findLastIndex(({ row }) => row < target.row);
}

function DiffCount({ count, index }: { readonly count: number; readonly index: number }): ReactElement {
  if (count === 0) return <output>no differences</output>;
  return <output>{index === -1 ? formatPlural(count, "difference") : `difference ${index + 1} of ${count}`}</output>;
}

const MODES: readonly (readonly [RowMode, string])[] = [
  ["context", "context"],
  ["changes", "changes only"],
  ["all", "all"],
];

interface LayoutProps {
  readonly layout: "split" | "unified";
  readonly mode: RowMode;
  readonly onChange: (change: Partial<SampleSearch>) => void;
}

function LayoutButtons({ layout, mode, onChange }: LayoutProps): ReactElement {
  return (
    <span className="buttons diff-layouts">
      <fieldset className="segmented" aria-label="Body layout">
        {(["split", "unified"] as const).map((each) => (
          <button key={each} type="button" aria-pressed={layout === each} onClick={() => onChange({ layout: each })}>
            {each}
          </button>
        ))}
      </fieldset>
      <fieldset className="segmented" aria-label="Lines of the body">
        {MODES.map(([each, words]) => (
          <button
            key={each}
            type="button"
            aria-pressed={mode === each}
            onClick={() => onChange({ rows: each === "context" ? undefined : each })}
          >
            {words}
          </button>
        ))}
      </fieldset>
    </span>
  );
}
