import { Link } from "@tanstack/react-router";
import { Fragment, type ReactElement } from "react";
import type { ParameterShare } from "../../../../src/model/difference.ts";
import { formatCount, formatShare } from "../../../../src/presentation/words/number-format.ts";
import { parameterLabel } from "../../../../src/presentation/words/parameter-words.ts";
import type { EndpointSearch } from "../../search-params.ts";

interface Props {
  readonly parameters: readonly ParameterShare[];
  readonly search: EndpointSearch;
  /** What is counted: `count against parity`, or `have this cause`. */
  readonly counted: string;
}

/** How many exchanges with a query parameter, and without it, count. A name selects its exchanges. */
export function ParameterTable({ parameters, search, counted }: Props): ReactElement {
  return (
    <div className="scroll">
      <table className="parameters">
        <caption className="visually-hidden">Exchanges that {counted}, by query parameter, clearest first</caption>
        <thead>
          <tr>
            <th scope="col">Query parameter</th>
            <th scope="col" className="number">
              With it
            </th>
            <th scope="col" className="number">
              Without it
            </th>
          </tr>
        </thead>
        <tbody>
          {[...Map.groupBy(parameters, numbersOf)].map(([numbers, alike]) => (
            <ParameterRow key={numbers} alike={alike} search={search} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Names that come together have the same numbers, and one row. */
function numbersOf({ kind, count, compared, countWithout }: ParameterShare): string {
  return [kind, count, compared, countWithout].join();
}

interface RowProps {
  readonly alike: readonly ParameterShare[];
  readonly search: EndpointSearch;
}

function ParameterRow({ alike, search }: RowProps): ReactElement | null {
  const [first] = alike;
  if (first === undefined) return null;
  return (
    <tr data-row data-parameter={alike.map(parameterLabel).join(" ")}>
      <th scope="row">
        {alike.map((share, index) => (
          <Fragment key={share.name}>
            {index === 0 ? null : ", "}
            <ParameterName share={share} search={search} />
          </Fragment>
        ))}
      </th>
      <ShareCell count={first.count} compared={first.compared} />
      <ShareCell count={first.countWithout} compared={first.comparedWithout} />
    </tr>
  );
}

/** Exchanges with names beyond the limit are not known one by one, so they cannot be listed. */
function ParameterName({
  share,
  search,
}: {
  readonly share: ParameterShare;
  readonly search: EndpointSearch;
}): ReactElement {
  const label = parameterLabel(share);
  if (share.kind === "other") return <span className="muted">{label}</span>;
  const isSelected = search.query === share.name && search.without === undefined;
  return (
    <Link
      to="/endpoint"
      search={(last) => ({
        ...last,
        name: search.name,
        query: isSelected ? undefined : share.name,
        without: undefined,
      })}
      resetScroll={false}
      className="mono-link"
      aria-current={isSelected ? "true" : undefined}
    >
      {label}
    </Link>
  );
}

function ShareCell({ count, compared }: { readonly count: number; readonly compared: number }): ReactElement {
  return (
    <td className="number">
      {compared === 0 ? (
        <span className="muted">no exchanges</span>
      ) : (
        <>
          {formatCount(count)} of {formatCount(compared)}{" "}
          <span className="muted small">{formatShare(count / compared)}</span>
        </>
      )}
    </td>
  );
}
