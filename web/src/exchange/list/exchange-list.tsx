import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { SampleDetail } from "../../../../src/model/sample.ts";
import { formatStatusChange } from "../../../../src/presentation/statuses/status-change.ts";
import { formatPlural } from "../../../../src/presentation/words/number-format.ts";
import { byQuery, samplesQuery, type SampleSummary } from "../../data/queries.ts";
import { useSelection } from "../../data/selection.ts";
import type { SampleSearch } from "../../search-params.ts";
import { formatTimeOfDay } from "../../ui/time.ts";
import { useKeys } from "../../ui/use-keys.ts";

/** The API's maximum per request. */
const LIMIT = 200;

/** The exchanges to page through, and where the page is in them. */
export interface ExchangePages {
  readonly samples: readonly SampleSummary[];
  /** -1 while the list is loading, and for an exchange that is not in it. */
  readonly index: number;
  /** What the exchanges have in common: `differ in $.price`. */
  readonly title: string;
}

/** The exchanges of the same cause, field or endpoint, newest first; the keys [ and ] move in them. */
export function useExchangePages(sample: SampleDetail, search: SampleSearch): ExchangePages {
  const { run, candidate } = useSelection();
  const navigate = useNavigate();
  const { section, path, cause } = search;
  const { data } = useQuery(
    samplesQuery({
      run: run.id,
      candidate,
      endpoint: sample.endpoint,
      section,
      path,
      cause,
      ...byQuery(search),
      limit: LIMIT,
    }),
  );
  const samples = data?.samples ?? [];
  const index = samples.findIndex(({ id }) => id === sample.id);
  const go = (to: number): void => {
    const next = index === -1 ? undefined : samples[to];
    if (next === undefined) return;
    void navigate({ to: "/sample/$id", params: { id: next.id }, search: listSearch(search) });
  };
  useKeys("Exchange", { "[": () => go(index - 1), "]": () => go(index + 1) });
  const title =
    path !== undefined
      ? `Exchanges that differ in ${path}`
      : cause !== undefined
        ? "Exchanges of the cause"
        : "Exchanges of the endpoint";
  return { samples, index, title: title + queryText(search) };
}

function queryText({ query, without }: SampleSearch): string {
  if (query === undefined) return "";
  if (query === "") return " without query parameters";
  return ` ${without === undefined ? "with" : "without"} ?${query}`;
}

/** What stays the same from one exchange to the next: not the place in it. */
function listSearch(search: SampleSearch): SampleSearch {
  return { ...search, at: undefined };
}

interface Props {
  readonly pages: ExchangePages;
  readonly search: SampleSearch;
}

/** Links to the previous and the next exchange with the position, `3 of 12`. */
export function ExchangePager({ pages, search }: Props): ReactElement {
  const { samples, index } = pages;
  const newer = index === -1 ? undefined : samples[index - 1];
  const older = index === -1 ? undefined : samples[index + 1];
  return (
    <nav className="pager" aria-label="Previous and next exchange">
      <PagerLink id={newer?.id} search={search} label="‹ Newer" keyName="[" />
      <span className="muted">{index === -1 ? "" : `${index + 1} of ${samples.length}`}</span>
      <PagerLink id={older?.id} search={search} label="Older ›" keyName="]" />
    </nav>
  );
}

interface PagerLinkProps {
  readonly id: string | undefined;
  readonly search: SampleSearch;
  readonly label: string;
  readonly keyName: string;
}

function PagerLink({ id, search, label, keyName }: PagerLinkProps): ReactElement {
  if (id === undefined) {
    return (
      <span className="muted">
        {label} <kbd>{keyName}</kbd>
      </span>
    );
  }
  return (
    <Link to="/sample/$id" params={{ id }} search={listSearch(search)}>
      {label} <kbd>{keyName}</kbd>
    </Link>
  );
}

function showInList(element: HTMLLIElement | null): void {
  element?.scrollIntoView({ block: "nearest" });
}

/** The exchanges of the same cause, field or endpoint. */
export function ExchangeList({ pages, search }: Props): ReactElement {
  const { samples, index, title } = pages;
  return (
    <nav className="panel exchange-list" aria-labelledby="exchanges-title">
      <h2 id="exchanges-title">{title}</h2>
      <p className="muted small">
        {samples.length === LIMIT ? `The newest ${LIMIT}` : formatPlural(samples.length, "stored exchange")}
      </p>
      {search.path === undefined && search.cause === undefined ? null : (
        <p className="small">
          <Link
            from="/sample/$id"
            to="."
            params
            search={(last) => ({ ...last, section: undefined, path: undefined, cause: undefined })}
          >
            All of the endpoint
          </Link>
        </p>
      )}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <ol tabIndex={0} aria-labelledby="exchanges-title">
        {samples.map((each, at) => (
          <li
            key={each.id}
            ref={at === index ? showInList : undefined}
            aria-current={at === index ? "true" : undefined}
          >
            <Link to="/sample/$id" params={{ id: each.id }} search={listSearch(search)}>
              <span className="exchange-target">{each.target}</span>
              <span className="muted small">
                {formatTimeOfDay(each.at)} · {whatDiffers(each)}
              </span>
            </Link>
          </li>
        ))}
      </ol>
    </nav>
  );
}

function whatDiffers({ primaryStatus, candidateStatus, fields }: SampleSummary): string {
  if (primaryStatus !== candidateStatus) {
    return formatStatusChange({ primary: primaryStatus, candidate: candidateStatus });
  }
  return formatPlural(fields.filter(({ mark }) => mark !== "noise").length, "field");
}
