import type { Registry } from "prom-client";
import { Gauge } from "../../telemetry/prometheus.ts";
import type { SamplingControl } from "./sampling-control.ts";

type Views = ReturnType<SamplingControl["views"]>;

/** Metrics of the candidates whose shares follow verdicts. @param views called with each scrape; reads from memory */
export function createSamplingMetrics(registry: Registry, views: () => Views): void {
  const perCandidate = (name: string, help: string, valueOf: (view: Views[number]["view"]) => number): void =>
    registry.registerMetric(
      new Gauge({
        name,
        help,
        labelNames: ["route", "candidate"],
        registers: [],
        collect() {
          this.reset();
          for (const { route, candidate, view } of views()) this.set({ route, candidate }, valueOf(view));
        },
      }),
    );
  perCandidate(
    "shadowdiff_sampling_budget",
    "Mirrored requests per second that sampling by verdict may use.",
    ({ budget }) => budget,
  );
  perCandidate(
    "shadowdiff_sampling_used",
    "Mirrored requests per second that sampling by verdict has used lately.",
    ({ used }) => used,
  );
  registry.registerMetric(createEndpointGauge(views));
}

function createEndpointGauge(views: () => Views) {
  return new Gauge({
    name: "shadowdiff_sampling_endpoints",
    help: "Endpoints by what their verdict needs: settled, undecided or suspect.",
    labelNames: ["route", "candidate", "need"],
    registers: [],
    collect() {
      this.reset();
      for (const { route, candidate, view } of views()) {
        for (const [need, count] of Object.entries(view.needs)) this.set({ route, candidate, need }, count);
      }
    },
  });
}
