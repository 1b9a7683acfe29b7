/** The app as Grafana takes it: `plugin`. */

import { AppPlugin } from "@grafana/data";
import { App } from "./app.tsx";
import { Boards } from "./boards.tsx";

export const plugin = new AppPlugin().setRootPage(App).addConfigPage({ title: "Dashboards", icon: "apps", id: "dashboards", body: Boards });
