import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isAbandoned } from "./disk.ts";
import type { LensFolder } from "./lens_folder.ts";

const DIGEST = /^[0-9a-f]{64}$/;

/**
 * Makes the folder whole at start: what a process that is no more was writing is removed, records are held to their
 * blobs, and blobs that no record names are removed. What does not fit together is set aside with the reason, and logged;
 * of what another process is writing just now nothing is touched.
 */
export async function checkFolder(folder: LensFolder): Promise<void> {
  const { disk, path, blobs, ids, incoming } = folder;
  for (const one of [blobs, ids, incoming]) await disk.makeFolder(one);
  await disk.syncFolder(path);
  await disk.syncFolder(dirname(path));
  await folder.locked(async () => {
    await clearIncoming(folder);
    const lost = await checkRecords(folder);
    await checkBlobs(folder, lost);
  });
}

async function clearIncoming({ incoming, disk, log }: LensFolder): Promise<void> {
  for (const name of await readdir(incoming)) {
    const path = join(incoming, name);
    if (!await isAbandoned(path)) continue;
    await disk.remove(path);
    log.info("removed the remains of an upload that was cut off", { name });
  }
}

/** @returns whether a record had to be set aside, so that a blob without a record may be its */
async function checkRecords(folder: LensFolder): Promise<boolean> {
  let lost = false;
  for (const id of await folder.names()) {
    const record = await folder.read(id);
    if (record.state === "absent") continue;
    if (record.state === "unreadable" && record.newer) {
      folder.log.warn("the lens {id} is left alone: its record is {reason}", { id, reason: record.reason });
    } else if (record.state === "unreadable") {
      lost = true;
      await setAside(folder, folder.recordPath(id), `${id}.json`, `the record cannot be read: ${record.reason}`);
    } else if (!await folder.hasBlob(record.stored)) {
      lost = true;
      const { sha256, bytes } = record.stored;
      const reason = `its file ${sha256} is missing, or is not of ${bytes} bytes`;
      await setAside(folder, folder.recordPath(id), `${id}.json`, reason);
    }
  }
  return lost;
}

async function checkBlobs(folder: LensFolder, lost: boolean): Promise<void> {
  const used = await folder.digestsInUse();
  for (const name of await readdir(folder.blobs)) {
    if (!DIGEST.test(name) || used === null || used.has(name)) continue;
    if (lost) await setAside(folder, folder.blob(name), name, "no record names it, and a record was set aside");
    else await folder.disk.remove(folder.blob(name));
  }
}

async function setAside(folder: LensFolder, path: string, name: string, reason: string): Promise<void> {
  const { setAside, disk, log } = folder;
  await disk.makeFolder(setAside);
  const stem = `${new Date().toISOString().replaceAll(/[-:]/g, "")}-${name}`;
  await Deno.writeTextFile(join(setAside, `${stem}.reason.txt`), `${reason}\n`);
  await disk.rename(path, join(setAside, stem));
  await disk.syncFolder(setAside);
  await disk.syncFolder(dirname(path));
  log.error("set aside {name} of the lens folder: {reason}", { name, reason });
}
