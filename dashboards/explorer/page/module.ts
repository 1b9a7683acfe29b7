/** The app as Grafana takes it: `plugin`. */

import { AppPlugin } from "@grafana/data";
import { App } from "./app.tsx";
import { Boards } from "./boards.tsx";
import { Exporter } from "./exporter.tsx";
import type { Settings } from "../src/readers.ts";

export const plugin = new AppPlugin<Settings>()
  .setRootPage(App)
  .addConfigPage({ title: "Start", icon: "apps", id: "start", body: Boards })
  .addConfigPage({ title: "Exporter", icon: "cog", id: "exporter", body: Exporter });
