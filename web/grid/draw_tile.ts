import { pinClass } from "../pins/pin_slots.ts";
import type { Place } from "../state/question.ts";
import type { Face, FaceOf } from "./face.ts";
import type { GridSizes, Span } from "./grid_layout.ts";
import type { LabelCuts } from "./label_cuts.ts";

/** A rectangle of cells. */
export interface TileParts {
  readonly columns: Span;
  readonly lines: readonly Place["layer"][];
  readonly faceOf: FaceOf;
  readonly sizes: GridSizes;
  readonly cuts: LabelCuts;
}

/** Draws cells on a canvas, at once and without an element each. The canvas' own colour is that of texts without paint. */
export function drawTile(canvas: HTMLCanvasElement, parts: TileParts): void {
  const { columns, lines, faceOf, sizes } = parts;
  const { cellWidth, cellHeight, font } = sizes;
  const width = (columns.to - columns.from) * cellWidth, height = lines.length * cellHeight;
  const [across, down] = [Math.round(width * devicePixelRatio), Math.round(height * devicePixelRatio)];
  // A canvas that is given its size anew gets other memory, and what it had is left to be collected.
  if (canvas.width !== across) canvas.width = across;
  if (canvas.height !== down) canvas.height = down;
  const context = canvas.getContext("2d")!;
  context.setTransform(across / width, 0, 0, down / height, 0, 0);
  context.clearRect(0, 0, width, height);
  const { color, fontFamily } = getComputedStyle(canvas);
  const pinColours = new Map<number, string>();
  context.font = `${font}px ${fontFamily}`;
  context.textBaseline = "middle";
  for (let position = columns.from; position < columns.to; position++) {
    const left = (position - columns.from) * cellWidth;
    for (const [at, layer] of lines.entries()) {
      const face = faceOf({ position, layer });
      if (face === null) continue;
      drawFace(context, face, left, at * cellHeight, color, parts);
      if (face.pin === null) continue;
      const colour = pinColours.get(face.pin) ?? pinColourOf(canvas, face.pin);
      pinColours.set(face.pin, colour);
      if (font === 0) drawCorner(context, colour, left + cellWidth, at * cellHeight, SMALL);
      else drawCorner(context, colour, left + cellWidth - 1, at * cellHeight, LARGE);
    }
  }
}

function drawFace(
  context: CanvasRenderingContext2D,
  face: Face,
  left: number,
  top: number,
  ink: string,
  { sizes: { cellWidth, cellHeight, font }, cuts }: TileParts,
) {
  const { paint, missing } = face;
  // The page shows between cells that are large enough for it.
  const rule = font === 0 ? 0 : 1;
  const width = cellWidth - rule, height = cellHeight - rule;
  if (paint !== null) {
    context.fillStyle = paint.background;
    context.fillRect(left, top, width, height);
  }
  if (missing) {
    context.strokeStyle = ink;
    context.globalAlpha = 0.35;
    context.beginPath();
    context.moveTo(left, top + height);
    context.lineTo(left + width, top);
    context.stroke();
    context.globalAlpha = 1;
  }
  const texts = font === 0 ? [] : face.texts();
  if (texts.length > 0) {
    context.fillStyle = paint?.ink ?? ink;
    const room = width / texts.length, pad = room > 60 ? 6 : 3;
    for (const [at, text] of texts.entries()) {
      // In half a narrow cell neither the mark of a leading space nor an ellipsis has room.
      const label = room < 30
        ? cuts.cut(text.replace(/^·/, ""), room - 4, context, "")
        : cuts.cut(text, room - 2 * pad, context);
      context.fillText(label, left + at * room + (room < 30 ? 2 : pad), top + height / 2 + 0.5);
      if (at === 0) continue;
      context.globalAlpha = 0.4;
      context.fillRect(left + at * room, top + 3, 1, height - 6);
      context.globalAlpha = 1;
    }
  }
}

/** Sides of a corner mark, outermost first: rims of black and white are seen on any colour. */
const LARGE = [["#000", 13], ["#fff", 12], ["", 10]] as const;
const SMALL = [["#fff", 6], ["", 5]] as const;

function drawCorner(
  context: CanvasRenderingContext2D,
  colour: string,
  right: number,
  top: number,
  sides: typeof LARGE | typeof SMALL,
) {
  for (const [rim, side] of sides) {
    context.fillStyle = rim || colour;
    context.beginPath();
    context.moveTo(right - side, top);
    context.lineTo(right, top);
    context.lineTo(right, top + side);
    context.fill();
  }
}

/** What the style sheet says of a pin, for light or for dark. */
function pinColourOf(canvas: HTMLCanvasElement, pin: number): string {
  canvas.classList.add(pinClass(pin));
  const { color } = getComputedStyle(canvas);
  canvas.classList.remove(pinClass(pin));
  return color;
}
