/** A lens given at the start: its id, and where it comes from. */
export interface LensGiven {
  readonly id: string;
  /** A file, a folder with config.json and params.pt, or a hub's repository with a path in it. */
  readonly source: string;
}

/** Ids of lenses; `logit` is built in. */
const ID = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** `<id>=<file | folder | hub source>`. */
export function lensGiven() {
  return {
    placeholder: "<id>=<source>",
    allowed: "<id>=<file, folder or hub source>, the id of a-z, 0-9, '.', '_' and '-', and not logit",
    parse: (text: string): LensGiven | undefined => {
      const equals = text.indexOf("=");
      const id = text.slice(0, Math.max(0, equals));
      const source = text.slice(equals + 1);
      return ID.test(id) && id !== "logit" && source !== "" ? { id, source } : undefined;
    },
  };
}
