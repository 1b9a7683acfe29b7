/** The panel as Grafana takes it: `plugin`. */

import { FieldConfigProperty, PanelPlugin } from "@grafana/data";
import { addOptions, type Options } from "./options.ts";
import { GraphPanel } from "./panel.tsx";

export const plugin = new PanelPlugin<Options>(GraphPanel)
  .setNoPadding()
  .setPanelOptions(addOptions)
  .useFieldConfig({ disableStandardOptions: Object.values(FieldConfigProperty).filter((property) => property !== FieldConfigProperty.Links) });
