/** Where the selected object leads to. It keeps its room, so that selecting something moves nothing. */

import type { GrafanaTheme2, LinkModel } from "@grafana/data";
import * as React from "react";

interface Shown {
  readonly id: string | null;
  readonly links: readonly LinkModel[];
  readonly theme: GrafanaTheme2;
}

export function Bar({ id, links, theme }: Shown): React.ReactElement {
  const style: React.CSSProperties = {
    display: "flex",
    gap: 14,
    alignItems: "center",
    height: 30,
    padding: "0 12px",
    overflow: "auto hidden",
    whiteSpace: "nowrap",
    fontSize: 12,
    color: theme.colors.text.secondary,
    background: theme.colors.background.secondary,
  };
  return (
    <nav aria-label="Links of the selected object" style={style}>
      {id === null ? "Select an object to see its links; Enter or double click opens the first" : <strong>{id}</strong>}
      {id !== null && links.map((link, index) => <Link key={index} link={link} colour={theme.colors.text.link} />)}
    </nav>
  );
}

function Link({ link, colour }: { readonly link: LinkModel; readonly colour: string }): React.ReactElement {
  const act = (event: React.MouseEvent) => link.onClick?.(event, link.origin);
  const style: React.CSSProperties = { color: colour, background: "none", border: 0, padding: 0, cursor: "pointer" };
  if (!link.href) return <button type="button" style={style} onClick={act}>{link.title}</button>;
  return <a href={link.href} target={link.target} rel="noreferrer" style={style} onClick={act}>{link.title}</a>;
}
