import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo, useState, type ReactElement } from "react";
import { formatCount } from "../../../../src/presentation/words/number-format.ts";
import type { SampleDetail } from "../../../../src/model/sample.ts";
import type { SampleSearch } from "../../search-params.ts";
import { useKeys } from "../../ui/use-keys.ts";
import { useMediaQuery } from "../../ui/use-media-query.ts";
import { findInDiff } from "../../../../src/presentation/bodies/find-in-lines.ts";
import type { RowMode } from "../../../../src/presentation/bodies/fold-rows.ts";
import { placeOfRow, rowOfPlace } from "../diff/line-path.ts";
import { MAX_DIFFERENCES, type BodyDiff } from "../../../../src/presentation/bodies/row-builder.ts";
import { DiffTable } from "./diff-table.tsx";
import { FindBox } from "./find-box.tsx";
import { LineBar } from "./line-bar.tsx";
import "./diff.css";

/** Two columns of code need more. */
const NARROW = "(max-width: 900px)";

interface Props {
  readonly diff: BodyDiff;
  readonly sample: SampleDetail;
  readonly leftName: string;
  readonly rightName: string;
}

/** A row that was chosen on this page. */
interface Chosen {
  readonly row: number;
  /** Its place in the URL. */
  readonly at: string;
  /** What the URL names until it names this place: it follows a moment later. */
  readonly before: readonly (string | undefined)[];
  /** The page scrolls to it. */
  readonly target: object | undefined;
}

/** The selected row: the one that was chosen, unless the URL names another place. */
function useSelectedRow(diff: BodyDiff): {
  readonly row: number | undefined;
  /** Another object whenever the page has to scroll to the row. */
  readonly target: object | undefined;
  readonly choose: (row: number, scrolls: boolean) => void;
} {
  const { at } = useSearch({ from: "/sample/$id" });
  const setSearch = useSetSearch();
  const [chosen, setChosen] = useState<Chosen>();
  const fromUrl = useMemo(() => {
    const row = at === undefined ? undefined : rowOfPlace(diff, at);
    return row === undefined ? undefined : { row };
  }, [diff, at]);
  const choose = useCallback(
    (row: number, scrolls: boolean): void => {
      const place = placeOfRow(diff, row);
      setChosen((last) => ({
        row,
        at: place,
        before: last !== undefined && last.before.includes(at) ? [...last.before, last.at] : [at],
        target: scrolls ? {} : undefined,
      }));
      setSearch({ at: place });
    },
    [diff, at, setSearch],
  );
  if (chosen !== undefined && chosen.at === at && chosen.before.length > 0) setChosen({ ...chosen, before: [] });
  const isChosen = chosen !== undefined && (chosen.at === at || chosen.before.includes(at));
  if (isChosen) return { row: chosen.row, target: chosen.target, choose };
  return { row: fromUrl?.row, target: fromUrl, choose };
}

/** Both bodies with the tools to move in them. */
export function BodyView({ diff, sample, leftName, rightName }: Props): ReactElement {
  const search = useSearch({ from: "/sample/$id" });
  const setSearch = useSetSearch();
  const isNarrow = useMediaQuery(NARROW);
  const layout = search.layout ?? (isNarrow ? "unified" : "split");
  const mode: RowMode = search.rows ?? "context";
  const { row, target, choose } = useSelectedRow(diff);
  const find = search.find ?? "";
  const matches = useMemo(() => findInDiff(diff, find), [diff, find]);
  const { differences } = diff;
  const starts = useMemo(() => [...new Set(differences.map((each) => each.row))], [differences]);
  // With all lines, the page begins with the first change too.
  const first = useMemo(
    () => (mode === "all" && starts[0] !== undefined ? { row: starts[0] } : undefined),
    [starts, mode],
  );
  const go = (step: 1 | -1): void => {
    const from = row ?? -1;
    const next = step === 1 ? starts.find((each) => each > from) : starts.findLast((each) => each < from);
    const reached = next ?? (step === 1 ? starts.at(-1) : starts[0]);
    if (reached !== undefined) choose(reached, true);
  };
  const toggleLayout = (): void => setSearch({ layout: layout === "split" ? "unified" : "split" });
  useKeys("Exchange", { n: () => go(1), p: () => go(-1), s: toggleLayout });

  return (
    <>
      <div className="diff-bar">
        <DiffCount count={starts.length} index={starts.indexOf(row ?? -1)} />
        <span className="buttons">
          <GoButton label="Previous difference" arrow="↑" keyName="p" count={starts.length} onClick={() => go(-1)} />
          <GoButton label="Next difference" arrow="↓" keyName="n" count={starts.length} onClick={() => go(1)} />
        </span>
        <FindBox
          find={find}
          matches={matches}
          row={row}
          onFind={(text) => setSearch({ find: text === "" ? undefined : text })}
          onGo={(found) => choose(found, true)}
        />
        <LayoutButtons layout={layout} mode={mode} onChange={setSearch} />
      </div>
      <LineBar diff={diff} sample={sample} row={row} />
      <DiffTable
        {...{ diff, layout, mode, find, leftName, rightName }}
        row={row ?? first?.row}
        isSelected={row !== undefined}
        target={target ?? (row === undefined ? first : undefined)}
        onSelect={choose}
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

interface GoProps {
  readonly label: string;
  readonly arrow: string;
  readonly keyName: string;
  readonly count: number;
  readonly onClick: () => void;
}

function GoButton({ label, arrow, keyName, count, onClick }: GoProps): ReactElement {
  return (
    <button type="button" title={label} disabled={count === 0} onClick={onClick}>
      <span aria-hidden="true">{arrow}</span> <span className="visually-hidden">{label}</span> <kbd>{keyName}</kbd>
    </button>
  );
}

function DiffCount({ count, index }: { readonly count: number; readonly index: number }): ReactElement {
  if (count === 0) return <output>no differences</output>;
  const total = count >= MAX_DIFFERENCES ? `${formatCount(MAX_DIFFERENCES)}+` : formatCount(count);
  const words = count === 1 ? "1 difference" : `${total} differences`;
  return <output>{index === -1 ? words : `difference ${formatCount(index + 1)} of ${total}`}</output>;
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
