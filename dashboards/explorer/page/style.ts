/** How the page looks: Grafana's theme, and one colour for each status. */

import type { GrafanaTheme2 } from "@grafana/data";

const COLOURS = { Error: "#E02F44", Pending: "#FF9830", Ready: "#56A64B", Unknown: "#8E8E8E", AtRest: "#3274D9", Missing: "#8F3BB8", none: "transparent" };

export function style(theme: GrafanaTheme2): string {
  const { colors, typography, shape } = theme;
  const statuses = Object.entries(COLOURS).map(([tone, colour]) => `.ax-${tone} { --ax-tone: ${colour}; }`);
  return `
${statuses.join("\n")}
.ax { display: flex; flex-direction: column; gap: 16px; max-width: 1600px; font-size: ${typography.body.fontSize}; color: ${colors.text.primary}; }
.ax a { color: ${colors.text.link}; overflow-wrap: anywhere; }
.ax a:hover { text-decoration: underline; }
.ax h1 { font-size: 22px; margin: 0; overflow-wrap: anywhere; line-height: 1.3; }
.ax h2 { font-size: 16px; margin: 0 0 8px; }
.ax h2 small { font-size: 12px; font-weight: 400; color: ${colors.text.secondary}; margin-left: 8px; }
.ax h3 { font-size: 13px; font-weight: 500; margin: 0 0 4px; color: ${colors.text.secondary}; }
.ax h3 small { font-size: 11px; font-weight: 400; margin-left: 6px; opacity: 0.8; }
.ax p { margin: 0 0 8px; }
.ax ul { list-style: none; margin: 0; padding: 0; }
.ax-bar { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
.ax-bar form { flex: 1 1 260px; }
.ax-bar input, .ax-bar select { height: 32px; width: 100%; padding: 0 8px; color: ${colors.text.primary}; background: ${colors.background.primary};
  border: 1px solid ${colors.border.medium}; border-radius: ${shape.radius.default}; }
.ax-bar select { width: auto; max-width: 240px; }
.ax-dim { color: ${colors.text.secondary}; }
.ax-section, .ax-head { background: ${colors.background.primary}; border: 1px solid ${colors.border.weak}; border-radius: ${shape.radius.default}; padding: 12px 16px; min-width: 0; }
.ax-head { border-left: 4px solid var(--ax-tone); }
.ax-row { display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: baseline; }
.ax-row + .ax-row, .ax-row + p { margin-top: 6px; }
.ax-links { gap: 4px 14px; font-size: 13px; }
.ax-status { display: inline-flex; align-items: center; gap: 6px; white-space: nowrap; }
.ax-status i { width: 10px; height: 10px; border-radius: 50%; background: var(--ax-tone); flex: none; }
.ax-status.ax-Error i, .ax-status.ax-Missing i { border-radius: 2px; }
.ax-kind { color: ${colors.text.secondary}; font-size: 12px; }
.ax-reason { font-family: ${typography.fontFamilyMonospace}; font-size: 12px; background: ${colors.background.secondary}; padding: 1px 6px; border-radius: ${shape.radius.default}; overflow-wrap: anywhere; }
.ax-message { overflow-wrap: anywhere; }
.ax-columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); gap: 16px; align-items: start; }
.ax-objects li { display: flex; gap: 10px; align-items: baseline; padding: 3px 0; flex-wrap: wrap; }
.ax-objects .ax-status { min-width: 84px; }
.ax table { width: 100%; border-collapse: collapse; }
.ax th { text-align: left; font-weight: 500; font-size: 12px; color: ${colors.text.secondary}; padding: 4px 12px 4px 0; border-bottom: 1px solid ${colors.border.weak}; white-space: nowrap; }
.ax td { padding: 6px 12px 6px 0; vertical-align: top; border-bottom: 1px solid ${colors.border.weak}; }
.ax td > .ax-reason { white-space: nowrap; }
.ax td.ax-number, .ax th.ax-number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.ax-wide { overflow-x: auto; }
.ax-trouble { border: 1px solid ${colors.error.border}; background: ${colors.error.transparent}; border-radius: ${shape.radius.default}; padding: 10px 14px; }
.ax-trouble ul { margin: 6px 0; list-style: disc; padding-left: 20px; overflow-wrap: anywhere; }
.ax-trouble p { margin: 0; }
.ax-time { display: flex; height: 22px; border-radius: ${shape.radius.default}; overflow: hidden; background: ${colors.background.secondary}; }
.ax-time span { background: var(--ax-tone); min-width: 1px; }
.ax-axis { display: flex; justify-content: space-between; font-size: 12px; color: ${colors.text.secondary}; margin: 4px 0 8px; }
.ax-times li { display: flex; gap: 10px; padding: 2px 0; align-items: baseline; flex-wrap: wrap; }
.ax-times time { color: ${colors.text.secondary}; font-variant-numeric: tabular-nums; font-size: 12px; }
.ax-picture { height: 220px; margin-top: 8px; border: 1px solid ${colors.border.weak}; border-radius: ${shape.radius.default}; overflow: hidden; }
.ax-past { border-left: 4px solid ${colors.info.main}; background: ${colors.info.transparent}; padding: 6px 12px; }
.ax-way { flex-basis: 100%; color: ${colors.text.secondary}; font-size: 13px; }
.ax-more { background: none; border: 0; padding: 0; color: ${colors.text.link}; cursor: pointer; }
.ax-figures { display: flex; flex-wrap: wrap; gap: 8px 32px; margin-bottom: 8px; }
.ax-figures dt { font-size: 12px; color: ${colors.text.secondary}; font-weight: 400; }
.ax-figures dd { margin: 0; font-size: 18px; font-variant-numeric: tabular-nums; }
.ax-loading { opacity: 0.6; }
`;
}
