import type { Box } from "./svg_box.ts";
import { paintAttributes, svgPaint } from "./svg_paint.ts";
import { xmlAttributes, xmlText } from "./xml.ts";

/** A part of a text that stands in one line. */
interface Line {
  text: string;
  box: DOMRect;
}

const context = () => document.createElement("canvas").getContext("2d")!;

/** Texts where the browser has put them. Measures as the browser does. */
export class SvgText {
  readonly #measure = context();
  /** Where the text that goes farthest to the right ends. */
  right = 0;

  /**
   * @param origin where the picture begins
   * @param clip where a text ends that does not fit; it is cut there, and whole in its title
   */
  nodeSvg(node: Text, style: CSSStyleDeclaration, origin: DOMRect, clip: Box | null): string {
    return linesOf(node, style.whiteSpace.startsWith("pre")).map((line) => {
      const { left, top, height } = line.box;
      const at = { x: left - origin.left, y: top - origin.top, width: line.box.width, height };
      return this.lineSvg(line.text, style, at, clip);
    }).join("");
  }

  lineSvg(text: string, style: CSSStyleDeclaration, box: Box, clip: Box | null): string {
    const paint = svgPaint(style.color);
    if (paint === null || clip !== null && (box.x >= clip.x + clip.width || box.y >= clip.y + clip.height)) return "";
    this.#measure.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const { fontBoundingBoxAscent: ascent, fontBoundingBoxDescent: descent } = this.#measure.measureText("x");
    const room = clip === null ? Infinity : clip.x + clip.width - box.x;
    const shown = box.width <= room + 1 ? text : this.#cut(text, room);
    const attributes = {
      x: box.x,
      y: box.y + (box.height - ascent - descent) / 2 + ascent,
      "font-family": style.fontFamily.replaceAll('"', "'"),
      "font-size": parseFloat(style.fontSize),
      "font-weight": style.fontWeight === "400" ? undefined : style.fontWeight,
      "font-style": style.fontStyle === "normal" ? undefined : style.fontStyle,
      ...paintAttributes("fill", paint),
      "xml:space": "preserve",
    };
    this.right = Math.max(this.right, box.x + Math.min(box.width, room));
    const whole = shown === text ? "" : `<title>${xmlText(text)}</title>`;
    return `<text${xmlAttributes(attributes)}>${whole}${xmlText(shown)}</text>`;
  }

  #cut(text: string, room: number): string {
    const letters = [...text];
    while (letters.length > 0 && this.#measure.measureText(`${letters.join("")}…`).width > room) letters.pop();
    return `${letters.join("")}…`;
  }
}

function linesOf(node: Text, keepsSpaces: boolean): Line[] {
  const range = document.createRange();
  range.selectNodeContents(node);
  const boxes = [...range.getClientRects()].filter(({ height, width }) => height > 0 && width > 0);
  if (boxes.length === 0) return [];
  const spaced = (text: string) => keepsSpaces ? text.replaceAll(/[\n\r]/g, "") : text.replaceAll(/[ \t\n\r]+/g, " ");
  const [first] = boxes;
  if (boxes.length === 1) return [{ text: spaced(seenFrom(node, range)), box: first! }];
  const lines: Line[] = [];
  let at = 0;
  for (const letter of node.data) {
    range.setStart(node, at);
    range.setEnd(node, at += letter.length);
    const box = [...range.getClientRects()].findLast(({ width }) => width > 0);
    if (box === undefined) continue;
    const line = lines.at(-1);
    if (line === undefined || Math.abs(line.box.top - box.top) > line.box.height / 2) lines.push({ text: letter, box });
    else {
      line.text += letter;
      line.box = new DOMRect(line.box.left, line.box.top, box.right - line.box.left, line.box.height);
    }
  }
  return lines.map(({ text, box }) => ({ text: spaced(text), box }));
}

/** Without spaces at the beginning that the browser does not show. */
function seenFrom(node: Text, range: Range): string {
  const spaces = /^\s+/.exec(node.data)?.[0].length ?? 0;
  if (spaces === 0) return node.data;
  range.setStart(node, 0);
  range.setEnd(node, spaces);
  return range.getBoundingClientRect().width > 0 ? node.data : node.data.slice(spaces);
}
