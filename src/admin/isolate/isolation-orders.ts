import type { IsolationOrder } from "../../isolate/isolation-job.ts";
import type { IsolationPreview } from "../../model/isolate/isolation.ts";
import type { Run } from "../../model/run.ts";
import type { Sample } from "../../model/sample.ts";
import { fillMasked, type TypedSecrets } from "../../presentation/exchange/fill-masked.ts";
import type { StoreReader } from "../../store/store.ts";
import type { AdminOptions } from "../admin-options.ts";
import { ApiError } from "../api-error.ts";
import type { StoreConnection } from "../live/store-connection.ts";
import { findSample } from "../read-sample-detail.ts";
import type { FoundCause } from "../reports/cause-questions.ts";
import { selectRun, type RunSelection } from "../run-selection.ts";
import { refusalOf, type PlannedProbes } from "./isolation-refusal.ts";
import { probeDestinations } from "./probe-destinations.ts";

/** Other requests whose path parameters are tried, of each kind. */
const OTHER_REQUESTS = 50;

/** What a client asks for. */
export interface IsolationRequest extends RunSelection {
  readonly signature: string;
  /** Default: where the cause shows most often. */
  readonly endpoint?: string | undefined;
  readonly route?: string | undefined;
  /** Null or undefined: the next live request. */
  readonly sampleId?: string | null | undefined;
  readonly confirm?: boolean | undefined;
  /** Used once, and never stored or logged. */
  readonly secrets?: TypedSecrets | undefined;
  /** In addition to those of the configuration. */
  readonly methods?: readonly string[] | undefined;
  readonly maxProbes?: number | undefined;
}

/** A request that could be read from the store. */
interface PlannedIsolation {
  readonly preview: IsolationPreview;
  readonly order: Omit<IsolationOrder, "by">;
}

/** Reads what an isolation needs from report and samples. */
export class IsolationOrders {
  readonly #options: AdminOptions;
  readonly #store: StoreConnection;

  constructor(options: AdminOptions, store: StoreConnection) {
    this.#options = options;
    this.#store = store;
  }

  /** @throws ApiError 404 for an unknown run, candidate, cause or sample */
  plan(request: IsolationRequest): Promise<PlannedIsolation> {
    const { signature, sampleId = null } = request;
    return this.#store.query(async (reader) => {
      const { run, candidate } = await selectRun(reader, this.#options.runs.current, request);
      const sample = sampleId === null ? null : await findSample(reader, run.id, sampleId, candidate);
      const cause = await this.#options.reports.ask("mostFrequent", {
        selection: { run: request.run, candidate: request.candidate },
        signature,
        endpoint: request.endpoint ?? sample?.endpoint,
        route: request.route ?? sample?.route,
      });
      return this.#plan(request, { reader, run, candidate, sample, cause });
    });
  }

  async #plan(
    { signature, secrets = {}, methods = [], maxProbes }: IsolationRequest,
    { reader, run, candidate, sample, cause }: PlanSource,
  ): Promise<PlannedIsolation> {
    const config = this.#options.current();
    const filled = sample === null ? undefined : fillMasked(sample, secrets);
    checkPlaces(secrets, filled?.masked);
    const planned: PlannedProbes = {
      route: sample?.route ?? cause.route,
      candidate,
      primary: sample?.legs.primary.subset,
      method: sample?.method ?? cause.endpoint.split(" ", 1)[0] ?? "",
      methods,
      needed: filled?.needed ?? [],
    };
    const limit = maxProbes ?? config.isolate.maxProbes;
    return {
      preview: {
        method: planned.method,
        endpoint: cause.endpoint,
        maxProbes: limit,
        perSecond: config.isolate.perSecond,
        targets: probeDestinations(config, planned) ?? [],
        masked: filled?.masked ?? [],
        isOptedIn: config.isolate.enabled,
        refusal: refusalOf(config, this.#options.control.view(), planned),
      },
      order: {
        signature,
        title: cause.title,
        endpoint: cause.endpoint,
        candidate,
        runId: run.id,
        fields: cause.fields,
        sample:
          sample === null || filled === undefined
            ? null
            : {
                id: sample.id,
                route: sample.route,
                primary: sample.legs.primary.subset,
                request: filled.request,
                leftOut: filled.leftOut,
              },
        otherTargets: await otherTargets(reader, run, candidate, cause.endpoint),
        maxProbes: limit,
      },
    };
  }
}

/** Other targets of the endpoint: first those that match, because a value of theirs tells whether a path parameter decides. */
async function otherTargets(
  reader: StoreReader,
  run: Run,
  candidate: string,
  endpoint: string,
): Promise<readonly string[]> {
  const anyTime = { role: "candidate", minMs: null, maxMs: null, from: null, to: null } as const;
  const timed = await reader.timedExchanges(run.id, candidate, { ...anyTime, endpoint, limit: OTHER_REQUESTS });
  const samples = await reader.samples(run.id, candidate, { endpoint, limit: OTHER_REQUESTS });
  return [...timed.filter(({ differs }) => !differs), ...samples].map(({ target }) => target);
}

/** @param masked undefined for a live request @throws ApiError 400 for a place that is not masked: a typing error would cost requests */
function checkPlaces(secrets: TypedSecrets, masked: readonly string[] | undefined): void {
  const unknown = Object.keys(secrets).find((place) => masked?.includes(place) !== true);
  if (unknown === undefined) return;
  const known =
    masked === undefined || masked.length === 0 ? "It has none." : `Its masked parts are: ${masked.join(", ")}.`;
  const remedy = masked === undefined ? "A live request has its secrets; leave them out." : known;
  throw new ApiError("invalid-request", `The request has no masked part ${unknown}.`, remedy);
}

interface PlanSource {
  readonly reader: StoreReader;
  readonly run: Run;
  readonly candidate: string;
  readonly sample: Sample | null;
  readonly cause: FoundCause;
}
