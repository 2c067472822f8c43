/** A file as people drop it: its name may be a path. */
export interface DroppedFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export function baseName({ name }: DroppedFile): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

/** RFC 1952. */
export function isGzip({ bytes }: DroppedFile): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}
