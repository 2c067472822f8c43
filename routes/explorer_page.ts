import type { PageFile } from "./page_file.ts";

const ofWeb = (name: string) => new URL(`../web/${name}`, import.meta.url);
const style = (name: string): PageFile => ({
  path: `/explorer/${name}.css`,
  source: ofWeb(`style/${name}.css`),
  type: "text/css",
});

/** GET /: the explorer, a page for people that asks this service what anybody may ask; no operation of the document. */
export const EXPLORER_PAGE: readonly PageFile[] = [
  { path: "/", source: ofWeb("index.html"), type: "text/html" },
  { path: "/explorer/explorer.js", source: ofWeb("dist/explorer.js"), type: "text/javascript" },
  ...["page", "form", "grid", "detail", "views", "follow", "answer", "pages", "files", "print"].map(style),
];
