import type { ReactElement } from "react";

/** Versions and whatever else tells a run from others. */
export function LabelList({ labels }: { readonly labels: Readonly<Record<string, string>> }): ReactElement | null {
  const entries = Object.entries(labels);
  if (entries.length === 0) return null;
  return (
    <ul className="labels" aria-label="Labels of the run">
      {entries.map(([name, value]) => (
        <li key={name}>
          <span className="soft">{name}</span> {value}
        </li>
      ))}
    </ul>
  );
}
