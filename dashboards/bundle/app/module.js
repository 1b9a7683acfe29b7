// The app as Grafana loads it: an AMD module, written by hand, that takes React and @grafana/data from
// Grafana and brings nothing of its own.
define(["react", "@grafana/data"], (React, { AppPlugin, locationUtil }) => {
  const element = React.createElement;

  // What the app's dashboards are, and what they need to show anything.
  const plugin = new AppPlugin().addConfigPage({
    title: "Dashboards",
    icon: "apps",
    id: "dashboards",
    body: ({ plugin: { meta } }) => {
      const boards = (meta.includes ?? []).filter((include) => include.type === "dashboard");
      const link = (include) =>
        "uid" in include
          ? element("a", { className: "external-link", href: locationUtil.assureBaseUrl(`/d/${include.uid}`) }, include.name)
          : include.name;
      return element(
        "div",
        null,
        meta.enabled
          ? null
          : element("p", { role: "status" }, "Enable the app: Grafana then imports these dashboards."),
        element(
          "ul",
          { style: { margin: "0 0 1em 1.5em" } },
          ...boards.map((include) =>
            element("li", { key: include.name }, meta.enabled ? link(include) : include.name),
          ),
        ),
        element(
          "p",
          null,
          "They ask a Prometheus data source, chosen at the top of each. Prometheus has to scrape Astrolabe with ",
          element("code", null, "honor_labels: true"),
          ": otherwise it renames the labels that say which object a sample is about.",
        ),
      );
    },
  });

  return { plugin };
});
