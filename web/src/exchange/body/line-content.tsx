import type { ReactElement } from "react";
import { formatPlural } from "../../../../src/presentation/words/number-format.ts";
import type { Piece } from "../../../../src/presentation/bodies/line-pieces.ts";
import { SafeText } from "../../ui/text/safe-text.tsx";

function classOf({ kind, isChanged, isFound }: Piece): string | undefined {
  const classes = [kind === "plain" ? "" : `token-${kind}`, isChanged ? "changed-text" : "", isFound ? "found" : ""];
  const joined = classes.filter((name) => name !== "").join(" ");
  return joined === "" ? undefined : joined;
}

interface Props {
  readonly pieces: readonly Piece[];
  /** Shows more of a long line. */
  readonly onMore?: (() => void) | undefined;
}

/** The pieces of a line; what is cut out is a button that shows it. */
export function LineContent({ pieces, onMore }: Props): ReactElement {
  return (
    <>
      {pieces.map((piece, index) => {
        const key = `${index}`;
        if (piece.hidden === 0) {
          const className = classOf(piece);
          return className === undefined ? (
            <SafeText key={key} text={piece.text} />
          ) : (
            <span key={key} className={className}>
              <SafeText text={piece.text} />
            </span>
          );
        }
        const label = `… ${formatPlural(piece.hidden, "character")} …`;
        return onMore === undefined ? (
          <span key={key} className="muted">
            {label}
          </span>
        ) : (
          <button
            key={key}
            type="button"
            className="more-text"
            title="Show more of this line"
            onClick={(event) => {
              event.stopPropagation();
              onMore();
            }}
          >
            {label}
          </button>
        );
      })}
    </>
  );
}
