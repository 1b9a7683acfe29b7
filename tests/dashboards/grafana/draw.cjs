// What a panel shows, by Grafana's own rules of fields: reads [{fieldConfig, transformations, table, results}] from
// stdin, where results are {refId: [{labels, name, values}]}, and writes for each panel its fields with their names,
// widths, colours, texts and links.
"use strict";

const {
  FieldConfigOptionsRegistry,
  FieldType,
  applyFieldOverrides,
  createTheme,
  formattedValueToString,
  getFieldDisplayName,
  getFieldSeriesColor,
  standardTransformers,
  standardTransformersRegistry,
  toDataFrame,
  transformDataFrame,
} = require("@grafana/data");
const { lastValueFrom } = require("rxjs");

globalThis.navigator ??= { language: "en-US", languages: ["en-US"] };
globalThis.window = { __grafanaSceneContext: {} };

const theme = createTheme();
const byId = new Map(Object.values(standardTransformers).map((each) => [each.id, each]));
standardTransformersRegistry.setInit(() =>
  [...byId.values()].map((each) => ({ id: each.id, name: each.name, transformation: async () => each })),
);

// Which properties there are is known to Grafana's editors, which need a browser; these are those of the dashboards.
const STANDARD = ["unit", "min", "max", "decimals", "displayName", "color", "mappings", "thresholds", "links", "noValue"];
const OF_TABLES = ["width", "minWidth", "align", "hidden", "hideFrom", "cellOptions", "displayMode", "filterable", "inspect"];
const property = (path, isCustom) => ({
  id: isCustom ? `custom.${path}` : path,
  path,
  name: path,
  isCustom,
  process: (value) => value,
  shouldApply: () => true,
});
const registry = new FieldConfigOptionsRegistry(() => [
  ...STANDARD.map((each) => property(each, false)),
  ...OF_TABLES.map((each) => property(each, true)),
]);

// Variables as Grafana fills them in where a link or a name is shown.
function filled(text, scope) {
  const { frame, rowIndex, field } = scope?.__dataContext?.value ?? {};
  const value = (name) => {
    const found = frame.fields.find((each) => each.name === name);
    if (!found) throw new Error(`no field ${name} for ${text} among ${frame.fields.map((each) => each.name)}`);
    return found.values[rowIndex];
  };
  return text
    .replace(/\$\{__data\.fields\.(\w+):percentencode\}/g, (_, name) => encodeURIComponent(value(name)))
    .replace(/\$\{__field\.labels\.(\w+)\}/g, (_, name) => (scope?.__field?.value?.labels ?? field?.labels)?.[name] ?? "");
}

function frames({ table, results }) {
  const refs = Object.keys(results);
  if (!table)
    return refs.flatMap((refId) =>
      results[refId].map(({ labels, name, values }) =>
        toDataFrame({
          refId,
          fields: [
            { name: "Time", type: FieldType.time, values: values.map((_, index) => index * 1000) },
            { name: "Value", type: FieldType.number, labels, values, config: { displayNameFromDS: name } },
          ],
        }),
      ),
    );
  return refs.map((refId) => {
    const rows = results[refId];
    const names = [...new Set(rows.flatMap(({ labels }) => Object.keys(labels)))].sort();
    const column = (name) => ({ name, type: FieldType.string, values: rows.map(({ labels }) => labels[name] ?? "") });
    return toDataFrame({
      refId,
      fields: [
        { name: "Time", type: FieldType.time, values: rows.map(() => 0) },
        ...names.map(column),
        {
          name: refs.length === 1 ? "Value" : `Value #${refId}`,
          type: FieldType.number,
          values: rows.map(({ values }) => values[0]),
        },
      ],
    });
  });
}

async function drawn(panel) {
  const shaped = await lastValueFrom(transformDataFrame(panel.transformations, frames(panel)));
  const data = applyFieldOverrides({
    data: shaped,
    fieldConfig: panel.fieldConfig,
    fieldConfigRegistry: registry,
    replaceVariables: filled,
    theme,
    timeZone: "utc",
  });
  return data.flatMap((frame) => frame.fields.filter((field) => field.type !== FieldType.time).map((field) => shown(frame, field, data)));
}

function shown(frame, field, all) {
  const { hidden = false, width = null, minWidth = null, align = null, cellOptions = null, displayMode = null } = field.config.custom ?? {};
  const cells = [...field.values].map((value) => field.display(value));
  return {
    name: field.name,
    title: getFieldDisplayName(field, frame, all),
    number: field.type === FieldType.number,
    hidden,
    width,
    minWidth,
    align,
    cell: [cellOptions?.type ?? "auto", displayMode ?? "auto"],
    mode: field.config.color?.mode ?? "",
    line: field.type === FieldType.number ? getFieldSeriesColor(field, theme).color : "",
    texts: cells.map((cell) => formattedValueToString(cell)),
    colours: cells.map((cell) => cell.color ?? ""),
    links: [...field.values].map((_, valueRowIndex) => (field.getLinks?.({ valueRowIndex }) ?? []).map(({ title, href }) => [title, href])),
  };
}

let text = "";
process.stdin.on("data", (chunk) => (text += chunk));
process.stdin.on("end", async () => {
  const answers = [];
  for (const panel of JSON.parse(text)) answers.push(await drawn(panel));
  process.stdout.write(JSON.stringify(answers));
});
