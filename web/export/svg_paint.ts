/** A CSS colour as SVG programs of any age take it. */
export interface SvgPaint {
  readonly colour: string;
  /** 0 to 1. */
  readonly opacity: number;
}

/** @param css as getComputedStyle says it; null for what is not seen */
export function svgPaint(css: string): SvgPaint | null {
  const numbers = /^rgba?\((.*)\)$/.exec(css)?.[1]?.split(/[\s,/]+/).map(Number);
  if (numbers === undefined) return css === "" || css === "none" ? null : { colour: css, opacity: 1 };
  const [red, green, blue, opacity = 1] = numbers as [number, number, number, number?];
  if (opacity === 0) return null;
  const hex = [red, green, blue].map((value) => Math.round(value).toString(16).padStart(2, "0")).join("");
  return { colour: `#${hex}`, opacity };
}

export function paintAttributes(name: "fill" | "stroke", { colour, opacity }: SvgPaint) {
  return { [name]: colour, [`${name}-opacity`]: opacity === 1 ? undefined : opacity };
}
