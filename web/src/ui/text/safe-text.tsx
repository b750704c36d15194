import type { ReactNode } from "react";
import { splitHidden } from "../../../../src/presentation/bodies/line-pieces.ts";
import "./safe-text.css";

/** Captured text: always text nodes, never markup. Characters that hide or reorder text are shown by their number. */
export function SafeText({ text }: { readonly text: string }): ReactNode {
  return splitHidden(text).map((part, index) =>
    part.isHidden ? (
      // The parts of a text keep their order.
      // oxlint-disable-next-line react/no-array-index-key
      <span key={index} className="hidden-character">
        {part.text}
      </span>
    ) : (
      part.text
    ),
  );
}
