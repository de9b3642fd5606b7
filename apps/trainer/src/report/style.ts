/** The report's style sheet: light or dark as the reader's system is, from a phone's width up, and on paper. */
export const STYLE = `
:root { color-scheme: light dark; --page: #fbfbf9; --card: #fff; --ink: #1d2026; --quiet: #646a76; --line: #e3e3de;
  --series-1: #2a6fdb; --series-2: #d9622b; --series-3: #1f9d74; --series-4: #9b51b6; --bar: #dfe4ea; --strong: #bcd3f7; }
@media (prefers-color-scheme: dark) {
  :root { --page: #14161a; --card: #1c1f25; --ink: #e8e9ec; --quiet: #9aa1ad; --line: #31353d;
    --series-1: #6ea5ff; --series-2: #ff9a66; --series-3: #4fcf9f; --series-4: #cf8fe6; --bar: #333943; --strong: #274a80; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem clamp(0.9rem, 4vw, 2.5rem) 4rem; max-width: 82rem; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; -webkit-text-size-adjust: 100%; }
h1 { margin: 0; font-size: 1.7rem; line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 2.6rem 0 0.9rem; font-size: 1.2rem; }
p { margin: 0.4rem 0; max-width: 72ch; }
.note, figcaption span, .pictures span { color: var(--quiet); }
code, pre { font: 0.87em/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre { margin: 0.5rem 0; padding: 0.9rem; overflow: auto; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
summary { cursor: pointer; color: var(--quiet); padding: 0.35rem 0; }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 0.45rem 0.75rem; text-align: right; border-top: 1px solid var(--line); white-space: nowrap; }
thead tr:first-child > *, tbody:first-child tr:first-child > * { border-top: 0; }
thead th { font-weight: 500; color: var(--quiet); vertical-align: bottom; }
thead small { padding-left: 0.2em; }
th:first-child { text-align: left; font-weight: 500; }
.best { font-weight: 650; color: var(--series-1); }
.environment td { text-align: left; width: 100%; white-space: normal; overflow-wrap: anywhere; }
.environment th { color: var(--quiet); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: 0.8rem; margin-bottom: 0.8rem; }
.figure { display: grid; padding: 0.8rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
.figure strong { font-size: 1.9rem; line-height: 1.25; font-weight: 600; font-variant-numeric: tabular-nums; }
.figure span { color: var(--quiet); font-size: 0.9rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(21rem, 100%), 1fr)); gap: 0.8rem; }
figure { margin: 0; padding: 0.8rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
.chart figcaption { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; font-weight: 500; }
.chart svg { display: block; width: 100%; height: auto; margin-top: 0.3rem; }
.legend { display: flex; gap: 0.9rem; font-weight: 400; }
.legend i { display: inline-block; width: 0.9em; height: 0.2em; margin-right: 0.4em; vertical-align: middle; background: var(--color); }
.series-1 { --color: var(--series-1); } .series-2 { --color: var(--series-2); }
.series-3 { --color: var(--series-3); } .series-4 { --color: var(--series-4); }
.grid { stroke: var(--line); } .mark { stroke: var(--quiet); stroke-dasharray: 4 4; }
.tick { fill: var(--quiet); font-size: 12.5px; }
.line { fill: none; stroke: var(--color); stroke-width: 2; stroke-linejoin: round; }
.band { fill: var(--color); opacity: 0.16; } circle { fill: var(--color); stroke: var(--card); }
.example { margin-bottom: 0.8rem; }
.example figcaption { display: flex; flex-wrap: wrap; gap: 0 0.8rem; align-items: baseline; margin-bottom: 0.6rem; }
.example figcaption span { margin-left: auto; font-variant-numeric: tabular-nums; }
.pictures { display: grid; grid-template-columns: repeat(4, 1fr); gap: 0.8rem; }
.pictures img, .overlay { display: block; width: 100%; height: auto; border-radius: 4px; }
.pictures span { font-size: 0.87rem; }
.pictures.many { grid-template-columns: repeat(auto-fill, minmax(min(9.5rem, 45%), 1fr)); }
.spread, .paper { color: var(--quiet); font-weight: 400; } .spread { font-size: 0.87em; }
.color-bar { display: grid; grid-template-columns: 1fr 1fr 1fr; }
.color-bar i { grid-column: 1 / -1; height: 0.55rem; border-radius: 3px; }
.color-bar span { font-size: 0.8rem; font-variant-numeric: tabular-nums; }
.color-bar span:nth-of-type(2) { text-align: center; } .color-bar span:nth-of-type(3) { text-align: right; }
.prompt { white-space: pre-line; overflow-wrap: anywhere; }
.overlay rect { fill: #000; shape-rendering: crispEdges; } .definition { position: absolute; width: 0; height: 0; }
.pictures .words { display: block; color: var(--ink); overflow-wrap: anywhere; }
.words span { color: inherit; margin-right: 0.35em; }
.word-list { display: flex; flex-wrap: wrap; gap: 0.4rem; margin: 0 0 0.8rem; padding: 0; list-style: none; }
.word-list li, .bar { background: linear-gradient(90deg, var(--bar) var(--share), transparent var(--share)); }
.word-list li { padding: 0.1rem 0.6rem; border: 1px solid var(--line); border-radius: 6px; }
.scene-types .bar { border-left: 1px solid var(--line); } .scene-types .bar.strong { --bar: var(--strong); }
.scene-types thead th[colspan] { text-align: center; } .scene-types .small { font-size: 0.87rem; white-space: normal; }
.scene-types .bar { min-width: 7rem; width: 12%; }
@media (max-width: 46rem) { .pictures { grid-template-columns: 1fr 1fr; } .example figcaption span { margin-left: 0; width: 100%; } }
@media print { body { max-width: none; } figure, tr { break-inside: avoid; } }
`;
