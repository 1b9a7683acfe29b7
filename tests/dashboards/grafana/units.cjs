// The ids of the units that Grafana knows, as a JSON list.
"use strict";

const { getValueFormats } = require("@grafana/data");

// Formats of times ask the browser for its language; Node knows one from version 21 on.
globalThis.navigator ??= { language: "en-US", languages: ["en-US"] };

process.stdout.write(JSON.stringify(getValueFormats().flatMap(({ submenu }) => submenu.map(({ value }) => value))));
