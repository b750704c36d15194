import type { ReactElement } from "react";
import { formatCount, formatShare, NOT_MEASURED } from "../../../src/presentation/words/number-format.ts";
import "./share-bar.css";

interface Props {
  readonly count: number;
  /** Exchanges that could have differed; 0: nothing was measured. */
  readonly of: number;
  readonly side: "candidate" | "secondary";
  /** The count is a lower bound. */
  readonly isAtLeast?: boolean;
}

/** A count with its share as text and as a bar. */
export function ShareBar({ count, of, side, isAtLeast = false }: Props): ReactElement {
  if (of === 0) return <span className="muted">{NOT_MEASURED}</span>;
  const share = count / of;
  return (
    <span className="share">
      <span className="share-bar" aria-hidden="true">
        <span className={`share-fill role-${side}`} style={{ width: `${Math.min(1, share) * 100}%` }} />
      </span>
      <span className="share-count">
        {isAtLeast && count > 0 ? "≥ " : ""}
        {formatCount(count)}
      </span>{" "}
      <span className="muted small share-percent">{formatShare(share)}</span>
    </span>
  );
}
