import type { Box } from "./svg_box.ts";
import { svgPaint } from "./svg_paint.ts";
import { xmlAttributes, xmlText } from "./xml.ts";

/** What style sheets say of a drawing: there are none where the picture goes. All but the last are inherited. */
const PRESENTATION = [
  ...["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin"],
  ...["stroke-opacity", "font-family", "font-size", "font-weight", "text-anchor", "dominant-baseline", "opacity"],
] as const;
const COLOURS: readonly string[] = ["fill", "stroke"];
/** Of the page that it stands in, not of the drawing. */
const NOT_DRAWN = /^(class|style|id|role|tabindex|width|height|x|y|aria-.*|data-.*|on.*)$/;

type Presentation = Readonly<Record<string, string>>;

const AT_FIRST: Presentation = { opacity: "1", "stroke-dasharray": "none", "fill-opacity": "1", "stroke-opacity": "1" };

/** A drawing within the page, as it is styled there. */
export function graphicSvg(graphic: SVGSVGElement, box: Box): string {
  const { width, height } = graphic.viewBox.baseVal ?? box;
  const viewBox = graphic.getAttribute("viewBox") ?? `0 0 ${width || box.width} ${height || box.height}`;
  const ratio = graphic.getAttribute("preserveAspectRatio") ?? undefined;
  const own = presentationOf(graphic);
  const attributes = { ...box, viewBox, preserveAspectRatio: ratio, ...changed(own, AT_FIRST) };
  return `<svg${xmlAttributes(attributes)}>${childrenSvg(graphic, own)}</svg>`;
}

function childrenSvg(element: Element, inherited: Presentation): string {
  return [...element.childNodes].map((child) => {
    if (child instanceof Text) return xmlText(child.data);
    return child instanceof SVGElement ? elementSvg(child, inherited) : "";
  }).join("");
}

function elementSvg(element: SVGElement, inherited: Presentation): string {
  const style = getComputedStyle(element);
  if (style.display === "none" || style.visibility === "hidden") return "";
  const own = presentationOf(element);
  const names: readonly string[] = PRESENTATION;
  const kept = [...element.attributes].filter(({ name }) => !NOT_DRAWN.test(name) && !names.includes(name));
  const placed = ["x", "y", "width", "height"].flatMap((name) => {
    const value = element.getAttribute(name);
    return value === null ? [] : [[name, value]];
  });
  const attributes = {
    ...Object.fromEntries(kept.map(({ name, value }) => [name, value])),
    ...Object.fromEntries(placed),
  };
  const all = { ...attributes, ...changed(own, { ...inherited, opacity: "1" }) };
  return `<${element.localName}${xmlAttributes(all)}>${childrenSvg(element, own)}</${element.localName}>`;
}

function presentationOf(element: Element): Presentation {
  const style = getComputedStyle(element);
  return Object.fromEntries(PRESENTATION.map((name) => {
    const value = style.getPropertyValue(name);
    return [name, COLOURS.includes(name) ? svgPaint(value)?.colour ?? "none" : value.replaceAll('"', "'")];
  }));
}

function changed(own: Presentation, before: Presentation): Presentation {
  return Object.fromEntries(Object.entries(own).filter(([name, value]) => value !== before[name]));
}
