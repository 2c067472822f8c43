import { pathToFileURL } from "node:url";
import swaggerUi from "swagger-ui-dist/absolute-path.js";
import type { PageFile } from "./page_file.ts";

const here = (name: string) => new URL(`docs_page/${name}`, import.meta.url);
const ofSwaggerUi = (name: string) => new URL(name, pathToFileURL(`${swaggerUi()}/`));

/**
 * GET /docs: the document as a page on which every operation can be tried, swagger-ui from its package. For people, so
 * it is no operation of the document.
 */
export const DOCS_PAGE: readonly PageFile[] = [
  { path: "/docs", source: here("index.html"), type: "text/html" },
  { path: "/docs/page.css", source: here("page.css"), type: "text/css" },
  { path: "/docs/page.js", source: here("page.js"), type: "text/javascript" },
  { path: "/docs/swagger-ui.css", source: ofSwaggerUi("swagger-ui.css"), type: "text/css" },
  { path: "/docs/swagger-ui-bundle.js", source: ofSwaggerUi("swagger-ui-bundle.js"), type: "text/javascript" },
];
