import type { Paint } from "../colours/colour_scale.ts";
import type { Place } from "../state/question.ts";

/** How a cell looks. */
export interface Face {
  /** What it says, asked for where there is room for it; two texts share a cell's width. */
  readonly texts: () => readonly string[];
  /** Null: it has no number to be coloured by. */
  readonly paint: Paint | null;
  /** Slot of the followed token that it shows (pins/pin_slots.ts), whose colour marks its corner. */
  readonly pin: number | null;
  /** There will be nothing here: the lens does not read it. */
  readonly missing: boolean;
}

/** The face of a place; null where nothing has come yet. */
export type FaceOf = (place: Place) => Face | null;

/** Where a lens has no reading, or only one of two has. */
export const MISSING: Face = { texts: () => [], paint: null, pin: null, missing: true };

/** A face in words. */
export function faceText(face: Face | null): string {
  return face === null ? "" : face.texts().join(" | ");
}
