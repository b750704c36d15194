import type { ReactNode } from "react";
import { markedParts } from "./marked-parts.ts";
import { SafeText } from "./safe-text.tsx";

interface Props {
  readonly text: string;
  /** Captured values in the text, whose own backticks mark nothing. */
  readonly values: readonly string[];
}

/** A sentence of shadowdiff with captured text in it, whose parts between backticks are code. */
export function MarkedText({ text, values }: Props): ReactNode {
  return markedParts(text, values).map((part, index, parts) =>
    // The last backtick of an odd number of them marks nothing.
    index % 2 === 1 && index < parts.length - 1 ? (
      // The parts of a text keep their order.
      // oxlint-disable-next-line react/no-array-index-key
      <code key={index}>
        <SafeText text={part} />
      </code>
    ) : (
      // oxlint-disable-next-line react/no-array-index-key
      <span key={index}>
        <SafeText text={index % 2 === 1 ? `\`${part}` : part} />
      </span>
    ),
  );
}
