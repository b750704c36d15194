import type { ReactElement } from "react";

/** The labels of a run, for example its commit. */
export function LabelList({ labels }: { readonly labels: Readonly<Record<string, string>> }): ReactElement | null {
  const entries = Object.entries(labels);
  if (entries.length === 0) return null;
  return (
    <ul className="labels" aria-label="Run labels">
      {entries.map(([name, value]) => (
        <li key={name}>
          <span className="muted">{name}</span> {value}
        </li>
      ))}
    </ul>
  );
}
