import { paintAttributes, type SvgPaint, svgPaint } from "./svg_paint.ts";
import { xmlAttributes } from "./xml.ts";

/** Where something lies on the picture, in CSS pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Colours from left to right, as a definition to refer to. */
export interface Gradient {
  readonly id: string;
  readonly definition: string;
}

/** Background and borders of a box. */
export function boxSvg(style: CSSStyleDeclaration, box: Box, gradient: Gradient | null): string {
  const radius = parseFloat(style.borderTopLeftRadius) || 0;
  const rx = radius === 0 ? undefined : Math.min(radius, box.width / 2, box.height / 2);
  const background = gradient === null
    ? svgPaint(style.backgroundColor)
    : { colour: `url(#${gradient.id})`, opacity: 1 } as const;
  const sides = ["Top", "Right", "Bottom", "Left"].map((side) => sideOf(style, side as Side));
  const fill = background === null
    ? ""
    : `<rect${xmlAttributes({ ...box, rx, ...paintAttributes("fill", background) })}/>`;
  return fill + bordersSvg(sides, box, rx);
}

type Side = "Top" | "Right" | "Bottom" | "Left";

interface Border {
  readonly width: number;
  readonly paint: SvgPaint;
  readonly dash: string | undefined;
}

function sideOf(style: CSSStyleDeclaration, side: Side): Border | null {
  const kind = style[`border${side}Style`], width = parseFloat(style[`border${side}Width`]);
  const paint = svgPaint(style[`border${side}Color`]);
  if (kind === "none" || kind === "hidden" || !(width > 0) || paint === null) return null;
  return { width, paint, dash: kind === "dashed" ? "4 3" : kind === "dotted" ? "1 2" : undefined };
}

function bordersSvg(sides: readonly (Border | null)[], { x, y, width, height }: Box, rx: number | undefined): string {
  const [first] = sides;
  if (first && sides.every((side) => JSON.stringify(side) === JSON.stringify(first))) {
    const half = first.width / 2;
    const inside = { x: x + half, y: y + half, width: width - first.width, height: height - first.width };
    return `<rect${xmlAttributes({ ...inside, rx, fill: "none", ...strokeOf(first) })}/>`;
  }
  const right = x + width, bottom = y + height;
  const lines = [[x, y, right, y], [right, y, right, bottom], [x, bottom, right, bottom], [x, y, x, bottom]];
  const inwards = [[0, 1], [-1, 0], [0, -1], [1, 0]];
  return sides.map((side, at) => {
    if (side === null) return "";
    const [x1, y1, x2, y2] = lines[at]!, [dx, dy] = inwards[at]!.map((way) => way * side.width / 2);
    const ends = { x1: x1! + dx!, y1: y1! + dy!, x2: x2! + dx!, y2: y2! + dy! };
    return `<line${xmlAttributes({ ...ends, ...strokeOf(side) })}/>`;
  }).join("");
}

function strokeOf({ width, paint, dash }: Border) {
  return { ...paintAttributes("stroke", paint), "stroke-width": width, "stroke-dasharray": dash };
}

/** `linear-gradient(to right, …)` of evenly spread colours, as legends have it; null for other backgrounds. */
export function gradientOf(image: string, id: string): Gradient | null {
  const colours = /^linear-gradient\(to right, (.*)\)$/.exec(image)?.[1]?.match(/rgba?\([^)]*\)|#[0-9a-f]+/gi);
  if (!colours) return null;
  const stops = colours.map((colour, at) => {
    const { colour: hex } = svgPaint(colour) ?? { colour: "none" };
    return `<stop${xmlAttributes({ offset: String(at / Math.max(1, colours.length - 1)), "stop-color": hex })}/>`;
  });
  return { id, definition: `<linearGradient id="${id}">${stops.join("")}</linearGradient>` };
}
