// What Grafana writes on a panel for a value: reads [{unit, decimals, value}] from stdin, writes texts.
"use strict";

const { FieldType, createTheme, formattedValueToString, getDisplayProcessor } = require("@grafana/data");

// Formats of times ask the browser for its language; Node knows one from version 21 on.
globalThis.navigator ??= { language: "en-US", languages: ["en-US"] };

const theme = createTheme();

function text({ unit, decimals, value }) {
  const field = { name: "Value", type: FieldType.number, config: { unit, decimals }, values: [value] };
  return formattedValueToString(getDisplayProcessor({ field, theme })(value));
}

let input = "";
process.stdin.on("data", (chunk) => (input += chunk));
process.stdin.on("end", () => process.stdout.write(JSON.stringify(JSON.parse(input).map(text))));
