import type { Statistics } from "../../clients/typescript/midstream.ts";

/** A token of the prompt; files of other tools know its text alone. */
export interface ShownToken {
  readonly id: number | null;
  readonly piece: string;
  readonly text: string;
}

/** A token of a cell, with what its file says of it. The service says all. */
export interface RankedToken extends ShownToken {
  readonly prob: number | null;
  readonly logprob: number | null;
  /** From 1; null: not said. A list is in the order of its ranks. */
  readonly rank?: number | null;
}

/** What the model itself says at a position. */
export interface OutputCell extends Statistics {
  readonly position: number;
  readonly top: readonly RankedToken[];
  readonly warnings?: readonly string[];
}

/** What a lens reads at a site of a block. The service's frames are such cells. */
export interface Cell extends OutputCell {
  readonly lens: string;
  /** One of the service's sites, or what another tool calls its place. */
  readonly site: string;
  readonly layer: number;
  readonly tracked: readonly RankedToken[];
}

/** All of a picture that a file or the service gives at once. */
export interface PictureData {
  readonly model: string;
  readonly lenses: readonly string[];
  /** How states are normed before they are read; null: not said. */
  readonly norm: string | null;
  readonly tokens: readonly ShownToken[];
  /** Blocks that are there, the first one first. */
  readonly layers: readonly number[];
  readonly output: readonly OutputCell[];
  readonly cells: readonly Cell[];
}
