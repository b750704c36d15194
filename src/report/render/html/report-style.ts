import { MAX_INDENT } from "./body-table.ts";

/** The colors of the dashboard, from web/src/styles/theme.css. */
export const LIGHT_THEME = `
--page: #f6f7f9;
--surface: #ffffff;
--raised: #f0f2f5;
--line: #dde2e9;
--line-strong: #c3cbd6;
--text: #18212d;
--muted: #586474;
--accent: #1f5fd0;
--good: #17743a;
--good-soft: #e2f4e8;
--good-bar: #58b27a;
--bad: #b3261e;
--bad-soft: #fdeae8;
--bad-bar: #d96b62;
--warn: #865500;
--warn-soft: #fcf0d4;
--warn-bar: #d9a33a;
--noise: #5f5486;
--noise-soft: #eeebf7;
--accent-soft: #e6eefc;
--add-row: #e3f5e9;
--remove-row: #fdebe9;
--replace-row: #fdf3da;
--add-mark: #a9dfba;
--remove-mark: #f6bcb6;
--change-mark: #f2d587;
--void: #f7f8fa;
--token-key: #1d4f9e;
--token-string: #22663a;
--token-number: #8a4600;
--token-word: #7a2f87;
--role-primary: #3f6fd1;
--role-candidate: #d9622b;
--role-secondary: #7d8896;
`;

export const DARK_THEME = `
--page: #0f1318;
--surface: #171c23;
--raised: #1f262f;
--line: #2a323d;
--line-strong: #3d4855;
--text: #e3e8ee;
--muted: #93a0b0;
--accent: #7fb0ff;
--good: #6fd394;
--good-soft: #15301f;
--good-bar: #3f8f5d;
--bad: #ff8f87;
--bad-soft: #3a1b1a;
--bad-bar: #b8534b;
--warn: #eec060;
--warn-soft: #352a12;
--warn-bar: #a67c2a;
--noise: #b9afe0;
--noise-soft: #28243a;
--accent-soft: #1c2c47;
--add-row: #14301f;
--remove-row: #371d1c;
--replace-row: #33290f;
--add-mark: #23603b;
--remove-mark: #712f2b;
--change-mark: #6b5413;
--void: #13181e;
--token-key: #8db8ff;
--token-string: #84cf9c;
--token-number: #e9ab6a;
--token-word: #d29be0;
--role-primary: #7aa6ff;
--role-candidate: #ff9661;
--role-secondary: #8e99a8;
`;

/** Levels of indentation are classes, because the page's policy refuses style attributes. */
const INDENTS = Array.from(
  { length: MAX_INDENT },
  (_, at) => `.diff .depth-${at + 1} { padding-left: calc(8px + ${2 * (at + 1)}ch); }`,
).join("\n");

/** The style of an HTML report. Its page is readable without it. */
export const REPORT_STYLE = `
:root {
color-scheme: light dark;
--mono: ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", "DejaVu Sans Mono", monospace;
--sans: system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
${LIGHT_THEME}}
@media screen and (prefers-color-scheme: dark) { :root {${DARK_THEME}} }
* { box-sizing: border-box; }
html { scroll-padding-top: 110px; text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--text); font: 14px/1.5 var(--sans); font-variant-numeric: tabular-nums; }
h1, h2, h3, h4, h5, p, ul, dl, dd, figure { margin: 0; padding: 0; }
h1 { font-size: 20px; line-height: 1.35; overflow-wrap: anywhere; }
h2 { font-size: 15px; margin-bottom: 8px; }
h3 { font-size: 13px; margin: 16px 0 6px; }
h4, h5 { font-size: 13px; overflow-wrap: anywhere; }
h5 { margin-top: 12px; }
a { color: var(--accent); text-underline-offset: 2px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
code { font: 12.5px/1.5 var(--mono); overflow-wrap: anywhere; unicode-bidi: isolate; }
header { position: sticky; top: 0; z-index: 2; display: flex; flex-wrap: wrap; gap: 4px 20px; padding: 10px 24px; border-bottom: 1px solid var(--line); background: var(--surface); }
nav { display: flex; flex-wrap: wrap; gap: 4px 16px; }
main { max-width: 1520px; margin: 0 auto; padding: 16px 24px; }
footer { max-width: 1520px; margin: 0 auto; padding: 0 24px 40px; color: var(--muted); font-size: 12.5px; }
.panel { min-width: 0; margin-bottom: 16px; padding: 16px; border: 1px solid var(--line); border-radius: 10px; background: var(--surface); }
.panel > h2:not(:first-child) { margin-top: 14px; }
.verdict-pass { border-left: 4px solid var(--good-bar); }
.verdict-fail { border-left: 4px solid var(--bad-bar); }
.verdict-inconclusive { border-left: 4px solid var(--warn-bar); }
.badge { display: inline-block; padding: 1px 9px; border-radius: 999px; font: 650 12px/1.5 var(--sans); white-space: nowrap; }
.badge-pass { background: var(--good-soft); color: var(--good); }
.badge-fail, .badge-real { background: var(--bad-soft); color: var(--bad); }
.badge-inconclusive, .badge-likely { background: var(--warn-soft); color: var(--warn); }
.badge-noise { background: var(--noise-soft); color: var(--noise); }
.muted { color: var(--muted); font-weight: 400; }
.hint { margin-top: 8px; max-width: 110ch; color: var(--muted); font-size: 12.5px; }
.headlines { margin: 8px 0; padding-left: 20px; font-weight: 600; }
.reasons, .causes { margin: 8px 0; padding-left: 20px; overflow-wrap: anywhere; }
.links { overflow-wrap: anywhere; }
.facts { display: flex; flex-wrap: wrap; gap: 4px 24px; margin-top: 12px; overflow-wrap: anywhere; }
.facts dt { color: var(--muted); font-size: 12.5px; }
details { margin-top: 8px; }
summary { padding: 4px 0; cursor: pointer; overflow-wrap: anywhere; }
.cause, .endpoint { margin: 0; border-bottom: 1px solid var(--line); }
.cause > summary, .endpoint > summary { padding: 8px 4px; }
.cause > .target, .endpoint > .target { padding: 4px 4px 16px 20px; }
.target { scroll-margin-top: 50px; }
.target:target, article:target { outline: 2px solid var(--accent); outline-offset: -1px; border-radius: 4px; }
.sample { margin: 10px 0 18px; padding: 12px; border: 1px solid var(--line); border-radius: 6px; }
.scroll { position: relative; overflow-x: auto; max-width: 100%; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: 5px 10px; border-bottom: 1px solid var(--line); text-align: left; vertical-align: baseline; }
th:first-child, td:first-child { padding-left: 4px; }
thead th { color: var(--muted); font-size: 12px; font-weight: 500; white-space: nowrap; }
tbody th { font-weight: 400; min-width: 160px; }
td { min-width: 70px; }
.number { text-align: right; white-space: nowrap; }
.visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.hidden-character { padding: 0 3px; border: 1px solid var(--line-strong); border-radius: 3px; background: var(--raised); color: var(--muted); font: 10px var(--mono); }
.dot { display: inline-block; width: 8px; height: 8px; margin-right: 5px; border-radius: 2px; }
.dot.role-primary { background: var(--role-primary); }
.dot.role-candidate { background: var(--role-candidate); }
.dot.role-secondary { background: var(--role-secondary); }
.diff { table-layout: fixed; min-width: 640px; margin-top: 4px; border: 1px solid var(--line); }
.diff td { min-width: 0; padding: 0 8px; border: 0; vertical-align: top; }
.diff col:nth-child(3n + 1) { width: 44px; }
.diff col:nth-child(3) { width: 22px; }
.diff .line { padding: 0 8px 0 0; color: var(--muted); font: 11px/20px var(--mono); text-align: right; user-select: none; }
.diff .sign { padding: 0; line-height: 20px; font-weight: 700; text-align: center; }
.diff .code { font: 12.5px/20px var(--mono); overflow-wrap: anywhere; white-space: pre-wrap; tab-size: 4; unicode-bidi: isolate; }
.diff .void { background: var(--void); }
.diff .gap td { background: var(--raised); color: var(--muted); font-size: 12px; text-align: center; }
.diff .add { background: var(--add-row); }
.diff .remove { background: var(--remove-row); }
.diff .replace { background: var(--replace-row); }
.diff .move { background: var(--accent-soft); }
.add .sign { color: var(--good); }
.remove .sign { color: var(--bad); }
.replace .sign { color: var(--warn); }
.move .sign { color: var(--accent); }
mark { background: var(--change-mark); color: inherit; }
.add mark { background: var(--add-mark); }
.remove mark { background: var(--remove-mark); }
.token-key { color: var(--token-key); }
.token-string { color: var(--token-string); }
.token-number { color: var(--token-number); }
.token-word { color: var(--token-word); }
${INDENTS}
figure { margin: 10px 0; }
figcaption { color: var(--muted); font-size: 12.5px; }
.key { margin-left: 12px; white-space: nowrap; }
.chart { display: block; width: 100%; max-width: 760px; height: auto; font: 11px var(--sans); fill: var(--muted); }
.grid { stroke: var(--line); stroke-width: 1; fill: none; }
.line.role-primary, .line.role-candidate, .line.role-secondary { fill: none; stroke-width: 1.8; }
.line.role-primary { stroke: var(--role-primary); }
.line.role-candidate { stroke: var(--role-candidate); stroke-dasharray: 7 3; }
.line.role-secondary { stroke: var(--role-secondary); stroke-dasharray: 2 3; }
.strip .line { stroke-dasharray: none; }
circle.role-primary { fill: var(--role-primary); }
circle.role-candidate { fill: var(--role-candidate); }
@media (max-width: 700px) {
main, header { padding-inline: 12px; }
.panel { padding: 12px; }
.cause > .target, .endpoint > .target { padding-left: 4px; }
}
@media print {
body { background: #fff; font-size: 11px; }
header { position: static; }
nav { display: none; }
.panel { padding: 0; border: 0; }
.scroll { overflow: visible; }
tr, h2, h3, h4, summary, figure { break-inside: avoid; }
h2, h3, h4, summary { break-after: avoid; }
details::details-content { content-visibility: visible; }
}
`;
