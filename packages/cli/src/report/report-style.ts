import { Html } from './html.ts';

/** How a report looks: light and dark as the reader's system is, narrow screens, and paper. */
export const REPORT_STYLE = new Html(`
:root { color-scheme: light dark; --page: #f5f6f9; --surface: #fff; --inset: #eef1f6; --line: #d8dee8; --text: #18202e; --muted: #535e70;
  --accent: #1d5bb8; --good: #12693a; --good-soft: #ddf3e5; --bad: #ac2018; --bad-soft: #fce5e3; --warn: #7d4b00; --warn-soft: #fcf0d6;
  --none: #f3c1bc; --part-1: #1d5bb8; --part-2: #a8540a; --part-3: #5f6f86; --part-4: #77389b; --part-5: #12693a; --part-6: #a8336e; }
@media (prefers-color-scheme: dark) { :root { --page: #0e1219; --surface: #161c26; --inset: #1f2735; --line: #2d3747; --text: #e8ecf3; --muted: #a2adbf;
  --accent: #8fbcff; --good: #74d69b; --good-soft: #143726; --bad: #ff9d93; --bad-soft: #471f1e; --warn: #f1c366; --warn-soft: #3d2f12;
  --none: #6b2f2c; --part-1: #8fbcff; --part-2: #f0a868; --part-3: #93a2b8; --part-4: #cf9bf0; --part-5: #74d69b; --part-6: #f095c0; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.55 system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; }
main { max-width: 920px; margin: 0 auto; padding: 24px 16px 48px; }
header { margin-bottom: 16px; }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 18px; margin: 0 0 12px; }
h3 { font-size: 15px; margin: 20px 0 8px; }
h4 { font-size: 15px; margin: 0 0 8px; overflow-wrap: anywhere; }
h4 .muted { font-weight: normal; }
p { margin: 0 0 12px; overflow-wrap: anywhere; }
section { background: var(--surface); border: 1px solid var(--line); border-radius: 8px; padding: 20px; margin-bottom: 16px; }
section > :last-child { margin-bottom: 0; }
.muted { color: var(--muted); } .small { font-size: 13px; } .good { color: var(--good); } .bad { color: var(--bad); }
.badge { display: inline-block; font-size: 13px; font-weight: 600; padding: 2px 10px; border-radius: 12px; background: var(--warn-soft); color: var(--warn); vertical-align: middle; overflow-wrap: anywhere; }
.verdict { font-size: 20px; line-height: 1.4; font-weight: 600; border-left: 4px solid var(--muted); padding-left: 12px; }
.verdict.better { border-color: var(--good); } .verdict.worse { border-color: var(--bad); }
.verdict span { display: block; font-size: 15px; font-weight: 400; }
.note { border-radius: 5px; padding: 10px 14px; margin: 12px 0; } .note.warn { background: var(--warn-soft); color: var(--warn); }
.note ul { margin: 4px 0 0; padding-left: 20px; } .note li { overflow-wrap: anywhere; }
pre { background: var(--inset); border-radius: 5px; padding: 12px 14px; margin: 0 0 12px; white-space: pre-wrap; overflow-wrap: anywhere; font: 13px/1.6 ui-monospace, "SF Mono", "Cascadia Mono", "Liberation Mono", monospace; unicode-bidi: isolate; }
code { font: 13px ui-monospace, "SF Mono", "Cascadia Mono", "Liberation Mono", monospace; overflow-wrap: anywhere; }
ins { background: var(--good-soft); color: var(--good); text-decoration: underline; text-decoration-thickness: 1px; text-underline-offset: 3px; }
del { background: var(--bad-soft); color: var(--bad); }
blockquote { margin: 8px 0 12px; padding: 8px 14px; border-left: 3px solid var(--line); white-space: pre-wrap; overflow-wrap: anywhere; }
details { margin: 0 0 8px; } summary { cursor: pointer; color: var(--accent); } details[open] > summary { margin-bottom: 8px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: 0 0 12px; font-size: 14px; }
th, td { text-align: left; padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
thead th { color: var(--muted); font-weight: 600; font-size: 13px; white-space: nowrap; } tbody th { font-weight: 600; }
.whole { white-space: nowrap; } .number { white-space: nowrap; font-variant-numeric: tabular-nums; }
table.tasks { font-size: 13px; } table.tasks th, table.tasks td { padding: 4px 8px; }
.cell { text-align: center; font-variant-numeric: tabular-nums; white-space: nowrap; }
.cell.all { background: var(--good-soft); color: var(--good); } .cell.none { background: var(--bad-soft); color: var(--bad); } .cell.part { background: var(--warn-soft); color: var(--warn); }
tr.fixed td:nth-last-child(2) { color: var(--good); font-weight: 600; } tr.broke td:nth-last-child(2) { color: var(--bad); font-weight: 600; }
.task { color: var(--muted); min-width: 260px; overflow-wrap: anywhere; unicode-bidi: isolate; }
.chart { display: block; width: 100%; min-width: 520px; height: auto; margin-bottom: 12px; }
.chart .grid { stroke: var(--line); } .chart .best { fill: none; stroke: var(--accent); stroke-width: 2; } .chart .whisker { stroke: var(--muted); stroke-width: 1.5; }
.chart .point { fill: var(--surface); stroke: var(--accent); stroke-width: 2; } .chart .point.top { fill: var(--accent); }
.chart text { fill: var(--muted); font-size: 12px; } .chart .label { fill: var(--text); font-weight: 600; } .chart .end { text-anchor: end; } .chart .middle { text-anchor: middle; }
.mosaic { display: block; max-width: none; } .mosaic text { fill: var(--text); font-size: 12px; font-weight: 600; }
rect.all { fill: var(--good); } rect.part { fill: var(--warn); } rect.none { fill: var(--none); }
.scroll:has(> .mosaic) { margin-bottom: 8px; }
.bar { display: block; border-radius: 5px; margin-bottom: 8px; }
.part-1 { fill: var(--part-1); } .part-2 { fill: var(--part-2); } .part-3 { fill: var(--part-3); } .part-4 { fill: var(--part-4); } .part-5 { fill: var(--part-5); } .part-6 { fill: var(--part-6); }
.legend { list-style: none; margin: 0 0 12px; padding: 0; display: flex; flex-wrap: wrap; gap: 4px 20px; }
.step { border-left: 3px solid var(--line); padding-left: 14px; margin-bottom: 16px; }
.tree { list-style: none; margin: 0; padding-left: 18px; border-left: 1px solid var(--line); } .scroll > .tree { padding-left: 0; border: 0; }
.tree li { margin: 3px 0; white-space: nowrap; } .node { font-weight: 600; display: inline-block; min-width: 38px; } .node.top { color: var(--good); }
dl { margin: 0 0 12px; } dl > div { display: grid; grid-template-columns: 140px 1fr; gap: 12px; padding: 4px 0; border-bottom: 1px solid var(--line); }
dt { color: var(--muted); } dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 560px) { main { padding: 16px 8px 32px; } section { padding: 14px; } dl > div { grid-template-columns: 1fr; gap: 0; } .verdict { font-size: 17px; } }
@media print { :root { --page: #fff; --surface: #fff; color-scheme: light; } section { border: 0; padding: 0; break-inside: auto; } details > summary { color: var(--text); } table, article, .chart { break-inside: avoid; } .scroll { overflow: visible; } }
`);
