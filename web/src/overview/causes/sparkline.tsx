import type { ReactElement } from "react";
import "./sparkline.css";

const BAR = 4;
const HEIGHT = 22;
/** So that one exchange can be seen. */
const MIN_HEIGHT = 2;

/** A small bar chart in a line of text, which says the same in words. */
export function Sparkline({ values }: { readonly values: readonly number[] }): ReactElement {
  const most = Math.max(1, ...values);
  const bars = values.map((value, at) => {
    const height = value === 0 ? 0 : Math.max(MIN_HEIGHT, (value / most) * HEIGHT);
    return height === 0 ? "" : `M${at * BAR} ${HEIGHT}v${-height}h${BAR - 1}v${height}z`;
  });
  return (
    <svg
      className="sparkline"
      aria-hidden="true"
      viewBox={`0 0 ${values.length * BAR} ${HEIGHT}`}
      preserveAspectRatio="none"
    >
      <path className="sparkline-base" d={`M0 ${HEIGHT - 0.5}H${values.length * BAR}`} />
      <path className="sparkline-bars" d={bars.join("")} />
    </svg>
  );
}
