import type { SvgPicture } from "./svg_of_element.ts";

/** Dots for each CSS pixel, where the picture is not too large for it. */
const SCALE = 2;

/** Dots of a side, and of a whole canvas, that all browsers have room for. */
const MOST_SIDE = 16_384, MOST_DOTS = 2 ** 27;

export async function pngOfSvg({ svg, width, height }: SvgPicture): Promise<Blob> {
  const scale = Math.min(SCALE, MOST_SIDE / Math.max(width, height), Math.sqrt(MOST_DOTS / (width * height)));
  const image = new Image();
  // The page's policy lets no blob be a picture.
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = Math.floor(width * scale);
  canvas.height = Math.floor(height * scale);
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return await new Promise((resolve, reject) => {
    canvas.toBlob((blob) => blob === null ? reject(new Error("the picture is too large for PNG")) : resolve(blob));
  });
}
