import type { ReactElement, ReactNode } from "react";

/** Content that scrolls sideways on narrow pages. A table without links needs it, so that the keyboard can scroll it. */
export function Scroll({ children }: { readonly children: ReactNode }): ReactElement {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="scroll" tabIndex={0}>
      {children}
    </div>
  );
}
