// Grafana's own data layer over what Prometheus answered: reads [{transformations, results}] from stdin,
// where results are {refId: [[labels, value]]}, and writes the frames that a panel would get.
"use strict";

const {
  FieldType,
  getFieldDisplayName,
  standardTransformers,
  standardTransformersRegistry,
  toDataFrame,
  transformDataFrame,
} = require("@grafana/data");
const { lastValueFrom } = require("rxjs");

// Asked for by the transformations alone; set after loading, since styles look for a browser while they load.
globalThis.window = { __grafanaSceneContext: {} };

const byId = new Map(Object.values(standardTransformers).map((each) => [each.id, each]));
standardTransformersRegistry.setInit(() =>
  [...byId.values()].map((each) => ({ id: each.id, name: each.name, transformation: async () => each })),
);

// As the Prometheus data source makes them of an instant vector in table format.
function frame(refId, rows, alone) {
  const labels = [...new Set(rows.flatMap(([metric]) => Object.keys(metric)))].sort();
  const column = (name) => ({ name, type: FieldType.string, values: rows.map(([metric]) => metric[name] ?? "") });
  return toDataFrame({
    refId,
    fields: [
      { name: "Time", type: FieldType.time, values: rows.map(() => 0) },
      ...labels.map(column),
      {
        name: alone ? "Value" : `Value #${refId}`,
        type: FieldType.number,
        values: rows.map(([, value]) => Number(value)),
      },
    ],
  });
}

async function transformed({ transformations, results }) {
  const refs = Object.keys(results);
  const frames = refs.map((ref) => frame(ref, results[ref], refs.length === 1));
  const out = await lastValueFrom(transformDataFrame(transformations, frames));
  return out.map((each) => ({
    refId: each.refId,
    fields: each.fields.map((field) => ({
      name: field.name,
      title: getFieldDisplayName(field, each, out),
      values: [...field.values],
    })),
  }));
}

let text = "";
process.stdin.on("data", (chunk) => (text += chunk));
process.stdin.on("end", async () => {
  const answers = [];
  for (const panel of JSON.parse(text)) answers.push(await transformed(panel));
  process.stdout.write(JSON.stringify(answers));
});
