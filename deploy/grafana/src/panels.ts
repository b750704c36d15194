import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueJustifyMode,
  BigValueTextMode,
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
  type DynamicConfigValue,
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  type Panel,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from "@grafana/grafana-foundation-sdk/dashboard";
import {
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  PanelBuilder as Heatmap,
  YAxisConfigBuilder,
} from "@grafana/grafana-foundation-sdk/heatmap";
import { DataqueryBuilder, PromQueryFormat, QueryEditorMode } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as Stat } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as StateTimeline } from "@grafana/grafana-foundation-sdk/statetimeline";
import { PanelBuilder as TimeSeries } from "@grafana/grafana-foundation-sdk/timeseries";
import { type DataLink, dataLinks } from "./links.ts";
import { variable } from "./promql.ts";

export const DATASOURCE = { type: "prometheus", uid: variable("datasource") };

interface Query {
  readonly expr: string;
  /** The name of each series, with labels in double braces. */
  readonly legend?: string | undefined;
  /** Shows the trace ids of single requests. */
  readonly hasExemplars?: boolean | undefined;
}

interface PanelText {
  readonly title: string;
  readonly description: string;
  /** A unit of Grafana, such as `s`, `percentunit`, `reqps`. */
  readonly unit: string;
  /** Of 24 columns. */
  readonly width: number;
  readonly height: number;
  readonly queries: readonly Query[];
  readonly links?: readonly DataLink[] | undefined;
}

export interface Override {
  /** Matches the name of a series. */
  readonly pattern: string;
  readonly properties: readonly DynamicConfigValue[];
}

interface ChartOptions extends PanelText {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly overrides?: readonly Override[] | undefined;
}

interface StatOptions extends PanelText {
  readonly thresholds: readonly Threshold[];
  readonly mappings?: readonly ValueMapping[] | undefined;
  readonly decimals?: number | undefined;
  /** Draws the recent past behind the value, instead of the name of each series next to it. */
  readonly isTrend?: boolean | undefined;
}

/** What all kinds of panels have in common. */
interface AnyPanelBuilder<Self> extends Builder<Panel> {
  title(title: string): Self;
  description(description: string): Self;
  datasource(source: typeof DATASOURCE): Self;
  unit(unit: string): Self;
  span(width: number): Self;
  height(height: number): Self;
  withTarget(target: DataqueryBuilder): Self;
  dataLinks(links: ReturnType<typeof dataLinks>): Self;
}

function describe<Self extends AnyPanelBuilder<Self>>(panel: Self, text: PanelText, format: PromQueryFormat): Self {
  const described = panel
    .title(text.title)
    .description(text.description)
    .datasource(DATASOURCE)
    .unit(text.unit)
    .span(text.width)
    .height(text.height);
  const linked = text.links === undefined ? described : described.dataLinks(dataLinks(text.links));
  return text.queries.reduce((built, query, index) => built.withTarget(target(query, index, format)), linked);
}

function target(
  { expr, legend, hasExemplars = false }: Query,
  index: number,
  format: PromQueryFormat,
): DataqueryBuilder {
  const built = new DataqueryBuilder()
    .datasource(DATASOURCE)
    .editorMode(QueryEditorMode.Code)
    .refId(String.fromCharCode("A".charCodeAt(0) + index))
    .expr(expr)
    .format(format)
    .range();
  const named = legend === undefined ? built : built.legendFormat(legend);
  return hasExemplars ? named.exemplar(true) : named;
}

/** Lines over time, with a table of the latest and highest values. */
export function chart(options: ChartOptions): Builder<Panel> {
  const { min, max, overrides = [] } = options;
  const panel = describe(new TimeSeries(), options, PromQueryFormat.TimeSeries)
    .drawStyle(GraphDrawStyle.Line)
    .lineWidth(1)
    .fillOpacity(0)
    .showPoints(VisibilityMode.Auto)
    .spanNulls(false)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassic))
    .legend(tableLegend())
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
  if (min !== undefined) panel.min(min);
  if (max !== undefined) panel.max(max);
  for (const { pattern, properties } of overrides) panel.overrideByRegexp(pattern, [...properties]);
  return panel;
}

function tableLegend(): VizLegendOptionsBuilder {
  return new VizLegendOptionsBuilder()
    .displayMode(LegendDisplayMode.Table)
    .placement(LegendPlacement.Bottom)
    .showLegend(true)
    .calcs(["lastNotNull", "max"]);
}

/** The latest value, large. */
export function stat(options: StatOptions): Builder<Panel> {
  const { thresholds, mappings = [], decimals, isTrend = false } = options;
  const panel = describe(new Stat(), options, PromQueryFormat.TimeSeries)
    .mappings([...mappings])
    .thresholds(absolute(thresholds))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .colorMode(BigValueColorMode.Value)
    .graphMode(isTrend ? BigValueGraphMode.Area : BigValueGraphMode.None)
    .justifyMode(BigValueJustifyMode.Auto)
    .textMode(isTrend ? BigValueTextMode.Auto : BigValueTextMode.ValueAndName)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]).fields("").values(false));
  return decimals === undefined ? panel : panel.decimals(decimals);
}

/** States over time, one band per series. */
export function timeline(
  options: PanelText & { readonly mappings: readonly ValueMapping[]; readonly thresholds: readonly Threshold[] },
): Builder<Panel> {
  return describe(new StateTimeline(), options, PromQueryFormat.TimeSeries)
    .mappings([...options.mappings])
    .thresholds(absolute(options.thresholds))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .mergeValues(true)
    .showValue(VisibilityMode.Auto)
    .rowHeight(0.8)
    .legend(new VizLegendOptionsBuilder().showLegend(false))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Single));
}

/** How many requests fall into each bucket of a histogram, over time. */
export function heatmap(options: Omit<PanelText, "links">): Builder<Panel> {
  return describe(new Heatmap(), options, PromQueryFormat.Heatmap)
    .calculate(false)
    .yAxis(new YAxisConfigBuilder().unit(options.unit))
    .color(new HeatmapColorOptionsBuilder().mode(HeatmapColorMode.Scheme).scheme("Oranges").steps(64))
    .cellGap(1)
    .showLegend();
}

function absolute(steps: readonly Threshold[]): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([...steps]);
}

/** Steps of color: the first one without a value holds below the second. */
export function steps(first: string, ...others: readonly (readonly [value: number, color: string])[]): Threshold[] {
  return [{ value: null, color: first }, ...others.map(([value, color]) => ({ value, color }))];
}

/** Texts of whole numbers from 0. */
export function texts(...names: readonly string[]): readonly ValueMapping[] {
  const options = Object.fromEntries(names.map((text, index) => [String(index), { text, index }]));
  return [{ type: MappingType.ValueToText, options }];
}

const colored = (pattern: string, color: string): Override => ({
  pattern,
  properties: [{ id: "color", value: { mode: "fixed", fixedColor: color } }],
});

/** One color per role, in every chart. */
export const ROLE_COLORS: readonly Override[] = [
  colored(String.raw`/^primary\b/`, "blue"),
  colored(String.raw`/^candidate\b/`, "orange"),
  colored(String.raw`/^secondary\b/`, "text"),
];

/** The limits of the gate are dashed, and the ends of an interval gray. */
export const REPORT_LINES: readonly Override[] = [
  colored("/^(low|high) /", "text"),
  {
    pattern: "/^(required|allowed) /",
    properties: [
      { id: "color", value: { mode: "fixed", fixedColor: "red" } },
      { id: "custom.lineStyle", value: { fill: "dash", dash: [8, 8] } },
    ],
  },
];
