import { cp, mkdir } from "node:fs/promises";
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * Copies what `.dockerignore` lets into the build, as `COPY . <target>` would. Of its rules it knows those that this project
 * uses: all is left out but for `!path`, and of that again whatever bears a name that is given for all folders.
 */
export async function copyBuildContext(root: string, target: string): Promise<void> {
  const lines = (await Deno.readTextFile(join(root, ".dockerignore"))).split("\n")
    .map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
  if (lines[0] !== "*") throw new Error(".dockerignore must begin by leaving everything out");
  const taken = lines.filter((line) => line.startsWith("!")).map((line) => line.slice(1));
  const left = lines.filter((line) => line.startsWith("**/"))
    .map((line) => new RegExp("^" + line.slice(3).replaceAll(".", "\\.").replaceAll("*", ".*") + "$"));
  for (const path of taken) {
    if (!existsSync(join(root, path))) continue;
    await mkdir(dirname(join(target, path)), { recursive: true });
    await cp(join(root, path), join(target, path), {
      recursive: true,
      filter: (source) => !left.some((pattern) => pattern.test(basename(source))),
    });
  }
}
