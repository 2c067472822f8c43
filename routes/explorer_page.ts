import type { PageFile } from "./page_file.ts";

const ofWeb = (name: string) => new URL(`../web/${name}`, import.meta.url);

/** GET /: the explorer, a page for people that asks this service what anybody may ask; no operation of the document. */
export const EXPLORER_PAGE: readonly PageFile[] = [
  { path: "/", source: ofWeb("index.html"), type: "text/html" },
  { path: "/explorer/style.css", source: ofWeb("style.css"), type: "text/css" },
  { path: "/explorer/explorer.js", source: ofWeb("dist/explorer.js"), type: "text/javascript" },
];
