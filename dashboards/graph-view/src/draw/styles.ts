/** How everything looks, by day and by night. */

const LIGHT = `
  --ground: #f4f6f8; --box: #fbfcfd; --box-line: #d9dfe6; --card: #ffffff; --card-line: #c3cbd5;
  --ink: #17202b; --soft: #566273; --line: #8d99a8; --focus: #0b62d6; --shade: rgb(20 30 45 / 12%);
  --Ready: #1f8a56; --Pending: #b45f00; --Error: #c4162e; --Missing: #7a37b5; --Unknown: #6a7482;
  --sign: #ffffff; --tint: 7%;`;
const DARK = `
  --ground: #0d1117; --box: #131920; --box-line: #252e39; --card: #1b232d; --card-line: #3a4655;
  --ink: #e9eef4; --soft: #9dabbb; --line: #66758a; --focus: #6cb2ff; --shade: rgb(0 0 0 / 45%);
  --Ready: #3fb878; --Pending: #f0a02b; --Error: #ff5d6c; --Missing: #c592f5; --Unknown: #93a0b0;
  --sign: #0d1117; --tint: 12%;`;

const byStatus = (rule: (status: string) => string) =>
  ["Ready", "Pending", "Error", "Missing", "Unknown"].map(rule).join("\n");

export const STYLES = `
:host { all: initial; display: block; width: 100%; height: 100%; }
.view { ${LIGHT} color-scheme: light; }
.view.dark { ${DARK} color-scheme: dark; }
@media (prefers-color-scheme: dark) { .view.auto { ${DARK} color-scheme: dark; } }
.view { position: relative; display: flex; flex-direction: column; width: 100%; height: 100%; overflow: hidden;
  background: var(--ground); color: var(--ink); font: 13px/1.4 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue",
  "DejaVu Sans", sans-serif; }
.view * { box-sizing: border-box; }
.toolbar { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; padding: 8px 12px; border-bottom: 1px solid var(--box-line);
  background: var(--box); }
.toolbar .space { flex: 1; }
button, select, input[type=search] { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--card-line);
  border-radius: 6px; padding: 4px 9px; min-height: 28px; }
button { cursor: pointer; }
button:hover { border-color: var(--ink); }
input[type=search] { width: 230px; }
.trouble-list { display: flex; gap: 6px; }
.trouble-list button { display: inline-flex; gap: 5px; align-items: center; font-weight: 600; }
.found { color: var(--soft); min-width: 4em; }
.middle { position: relative; flex: 1; min-height: 0; }
.stage { display: block; width: 100%; height: 100%; touch-action: none; cursor: grab; user-select: none; }
.stage:active { cursor: grabbing; }
:focus { outline: none; }
button:focus-visible, select:focus-visible, input:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }

.ground { fill: var(--box); stroke: var(--box-line); }
.name text { font-size: 15px; font-weight: 650; fill: var(--ink); cursor: pointer; }
.name text:hover { text-decoration: underline; }
.far .name text { transform: scale(var(--far)); transform-origin: 0 0; }
.far .tally, .far .heading { opacity: 0; }
.heading { font-size: 10.5px; font-weight: 600; letter-spacing: .05em; text-transform: uppercase; fill: var(--soft); }
.small { font-size: 11px; fill: var(--soft); }
.end { text-anchor: end; }

.card { cursor: pointer; transition: transform .25s ease, opacity .15s; }
.card .face { fill: var(--card); stroke: var(--card-line); stroke-width: 1.2; }
.card .back { fill: var(--card); stroke: var(--card-line); }
.card .title { font-size: 13px; font-weight: 600; fill: var(--ink); }
.card.quiet .title { font-weight: 450; }
.card:hover .face { stroke: var(--ink); }
${byStatus((status) => `
.card.${status} > .face { stroke: var(--${status}); stroke-width: 2; fill: color-mix(in srgb, var(--${status}) var(--tint), var(--card)); }
.card .message.${status} { fill: var(--${status}); font-weight: 550; }
.status.${status} .outline { fill: var(--${status}); }`)}
.card.Missing > .face { stroke-dasharray: 6 4; }
.status .sign { fill: none; stroke: var(--sign); stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
.status.Missing .outline, .status.Unknown .outline { fill: none; stroke: var(--Missing); stroke-width: 1.8; }
.status.Unknown .outline { stroke: var(--Unknown); }
.status.Missing .outline { stroke-dasharray: 3.5 2.2; }
.status.Missing .sign { stroke: var(--Missing); }
.status.Unknown .sign { stroke: var(--Unknown); }
.pill rect { fill: var(--Error); }
.pill text { font-size: 11px; font-weight: 650; fill: var(--sign); text-anchor: middle; }
.card:focus-visible .face, .card.selected .face { stroke: var(--focus); stroke-width: 3; }
.card.found .face { stroke: var(--focus); stroke-width: 2; }

.link { transition: opacity .15s; }
.link .line { fill: none; stroke: var(--line); stroke-linecap: round; }
.link .head { fill: var(--line); }
.link.missing .line { stroke: var(--Missing); }
.link.missing .head { fill: var(--Missing); }
.link.bright .line { stroke: var(--focus); }
.link.bright .head { fill: var(--focus); }
.link.trouble .line { stroke: var(--Error); }
.link.trouble .head { fill: var(--Error); }
.far .link:not(.trouble):not(.bright) .head { opacity: 0; }
.card.dim { opacity: .28; }
.link.dim { opacity: .1; }

.bottom { display: flex; flex-wrap: wrap; gap: 3px 14px; align-items: center; padding: 6px 12px; border-top: 1px solid var(--box-line);
  background: var(--box); font-size: 12px; color: var(--soft); }
.view .bottom { max-height: 30%; overflow: auto; }
.legend { display: contents; }
.legend label, .legend span.key { display: inline-flex; align-items: center; gap: 5px; white-space: nowrap; }
.legend label { cursor: pointer; }
.legend input { margin: 0; accent-color: var(--focus); }
.legend label:focus-within { outline: 2px solid var(--focus); outline-offset: 2px; border-radius: 4px; }
.legend .off { opacity: .6; }
.legend path.sample { stroke: var(--ink); fill: none; stroke-linecap: round; }
.legend .rule { width: 1px; height: 14px; background: var(--box-line); }
.note { flex-basis: 100%; color: var(--Pending); font-weight: 550; }
.empty { position: absolute; inset: 0; display: grid; place-items: center; color: var(--soft); pointer-events: none; }

.details { position: absolute; top: 12px; right: 12px; width: 320px; max-width: calc(100% - 24px); max-height: calc(100% - 24px);
  overflow: auto; background: var(--card); border: 1px solid var(--card-line); border-radius: 10px; padding: 12px 14px;
  box-shadow: 0 6px 24px var(--shade); overflow-wrap: anywhere; }
.details header { display: flex; gap: 8px; align-items: start; }
.details h2 { font-size: 15px; margin: 0; flex: 1; line-height: 1.3; }
.details h3 { font-size: 11px; letter-spacing: .05em; text-transform: uppercase; color: var(--soft); margin: 12px 0 4px; }
.details p { margin: 4px 0; }
.details .state { display: flex; gap: 6px; align-items: center; font-weight: 600; }
.details ul { list-style: none; margin: 0; padding: 0; }
.details li { margin: 2px 0; display: flex; gap: 6px; align-items: baseline; }
.details li .badge { flex: none; align-self: center; }
.details .type { color: var(--soft); font-size: 11px; }
.details li .type { flex: none; overflow-wrap: normal; }
.details li button { border: 0; background: none; padding: 1px 2px; min-height: 24px; text-align: left; text-decoration: underline;
  text-decoration-color: var(--card-line); text-underline-offset: 3px; }
.details .acts { display: flex; gap: 6px; margin-top: 8px; flex-wrap: wrap; }
.hidden { display: none; }
.aside { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
@media (prefers-reduced-motion: reduce) { .card, .link { transition: none; } }
@media (forced-colors: active) { .card .face { stroke: CanvasText; } .card.selected .face { stroke: Highlight; } }
`;
