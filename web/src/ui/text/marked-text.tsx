import type { ReactNode } from "react";
import { SafeText } from "./safe-text.tsx";

/** A sentence of shadowdiff with captured text in it, whose parts between backticks are code. */
export function MarkedText({ text }: { readonly text: string }): ReactNode {
  return text.split("`").map((part, index, parts) =>
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
