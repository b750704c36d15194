import type { ReactElement, ReactNode } from "react";

interface Props {
  /** `bad` needs attention now and interrupts a screen reader; `warn` waits. */
  readonly tone: "bad" | "warn" | "info";
  /** A sentence, or its beginning. */
  readonly title: ReactNode;
  readonly children?: ReactNode;
}

/** A message about the process or the data on the screen. */
export function Banner({ tone, title, children }: Props): ReactElement {
  return (
    <div className={`banner banner-${tone}`} role={tone === "bad" ? "alert" : "status"}>
      <strong>{title}</strong> {children}
    </div>
  );
}
