import { type Box, boxSvg, gradientOf } from "./svg_box.ts";
import { graphicSvg } from "./svg_graphic.ts";
import { svgPaint } from "./svg_paint.ts";
import { SvgText } from "./svg_text.ts";
import { xmlAttributes, xmlText } from "./xml.ts";

/** A picture of an element, and its size in CSS pixels. */
export interface SvgPicture {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
}

/** Draws an element of the page and all that is seen within it: boxes, texts, drawings and bitmaps, where the browser has put them. */
export function svgOfElement(root: HTMLElement, title: string): SvgPicture {
  const drawing = new Drawing(root);
  const { width, height } = drawing;
  const page = svgPaint(getComputedStyle(root).backgroundColor)?.colour ?? "#ffffff";
  const svg = `<svg xmlns="http://www.w3.org/2000/svg"${
    xmlAttributes({ width, height, viewBox: `0 0 ${width} ${height}` })
  }><title>${xmlText(title)}</title><defs>${drawing.definitions.join("")}</defs><rect${
    xmlAttributes({ width, height, fill: page })
  }/>${drawing.parts.join("\n")}</svg>\n`;
  return { svg, width, height };
}

class Drawing {
  readonly parts: string[] = [];
  readonly definitions: string[] = [];
  readonly height: number;
  readonly #origin: DOMRect;
  readonly #margin: number;
  /** Where the box that goes farthest to the right ends. */
  #right = 0;
  readonly #text = new SvgText();

  constructor(root: HTMLElement) {
    this.#origin = root.getBoundingClientRect();
    this.height = Math.ceil(Math.max(root.scrollHeight, this.#origin.height));
    const style = getComputedStyle(root);
    this.#margin = parseFloat(style.paddingLeft);
    this.#children(root, style, null);
  }

  /** As wide as what is drawn: the margin at the right is that of the left. */
  get width(): number {
    return Math.ceil(Math.max(this.#right, this.#text.right) + this.#margin);
  }

  #children(element: Element, style: CSSStyleDeclaration, clip: Box | null): void {
    for (const child of element.childNodes) {
      if (child instanceof Text) this.#add(this.#text.nodeSvg(child, style, this.#origin, clip));
      else if (child instanceof SVGSVGElement) this.#graphic(child);
      else if (child instanceof HTMLElement) this.#element(child, clip);
    }
  }

  #element(element: HTMLElement, clip: Box | null): void {
    const style = getComputedStyle(element);
    if (style.display === "none" || style.visibility === "hidden" || style.opacity === "0") return;
    const box = this.#boxOf(element);
    if (style.display !== "contents" && box.width > 0 && box.height > 0) {
      const gradient = gradientOf(style.backgroundImage, `gradient-${this.definitions.length}`);
      if (gradient !== null) this.definitions.push(gradient.definition);
      this.#add(boxSvg(style, box, gradient), box);
    }
    if (element instanceof HTMLCanvasElement) {
      this.#add(`<image${xmlAttributes({ ...box, href: element.toDataURL("image/png") })}/>`, box);
    } else if (element instanceof HTMLSelectElement) {
      const inner = contentOf(box, style);
      this.#add(this.#text.lineSvg(element.selectedOptions[0]?.text ?? "", style, { ...inner, width: 0 }, null));
    } else this.#children(element, style, style.overflowX === "visible" ? clip : contentOf(box, style));
  }

  #graphic(graphic: SVGSVGElement): void {
    const style = getComputedStyle(graphic);
    if (style.display === "none" || style.visibility === "hidden") return;
    const box = this.#boxOf(graphic);
    this.#add(graphicSvg(graphic, box), box);
  }

  #boxOf(element: Element): Box {
    const { left, top, width, height } = element.getBoundingClientRect();
    return { x: left - this.#origin.left, y: top - this.#origin.top, width, height };
  }

  #add(part: string, { x, width }: Pick<Box, "x" | "width"> = { x: 0, width: 0 }): void {
    if (part === "") return;
    this.parts.push(part);
    this.#right = Math.max(this.#right, x + width);
  }
}

function contentOf({ x, y, width, height }: Box, style: CSSStyleDeclaration): Box {
  const [left, right, top, bottom] = [style.paddingLeft, style.paddingRight, style.paddingTop, style.paddingBottom]
    .map((padding) => parseFloat(padding) || 0) as [number, number, number, number];
  return { x: x + left, y: y + top, width: width - left - right, height: height - top - bottom };
}
