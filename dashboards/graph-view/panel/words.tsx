/** Words in the place of the picture. They lie over it: what comes back finds its selection and place again. */

import type { GrafanaTheme2 } from "@grafana/data";
import * as React from "react";
import type { Words } from "./states.ts";

export function Message({ words, theme }: { readonly words: Words; readonly theme: GrafanaTheme2 }): React.ReactElement {
  const style: React.CSSProperties = {
    position: "absolute",
    inset: 0,
    display: "flex",
    flexDirection: "column",
    justifyContent: "safe center",
    alignItems: "safe center",
    padding: 16,
    overflow: "auto",
    textAlign: "center",
    color: theme.colors.text.primary,
    background: theme.colors.background.primary,
  };
  const line: React.CSSProperties = { margin: "8px 0 0", maxWidth: "70ch", overflowWrap: "anywhere", color: theme.colors.text.secondary };
  return (
    <div role={words.tone} style={style}>
      <strong>{words.title}</strong>
      {words.lines.map((text) => <p key={text} style={line}>{text}</p>)}
      {words.help.length > 0 && (
        <details style={line}>
          <summary style={{ cursor: "pointer" }}>For whoever builds this dashboard</summary>
          {words.help.map((text) => <p key={text} style={line}>{text}</p>)}
        </details>
      )}
    </div>
  );
}
