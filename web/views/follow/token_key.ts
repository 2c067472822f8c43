import type { ShownToken } from "../../state/cell.ts";

/** Tells tokens apart: by id, or where a file says none by what it says. */
export function tokenKey({ id, piece, text }: ShownToken): string {
  return id === null ? `text ${JSON.stringify([piece, text])}` : String(id);
}
