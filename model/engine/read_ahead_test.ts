import assert from "node:assert/strict";
import { join } from "node:path";
import { TemporaryFolder } from "../checkpoint/temporary_folder.ts";
import { ReadAhead } from "./read_ahead.ts";
import { openWillNeed } from "./will_need.ts";

const BYTES = 2 ** 20;

Deno.test("ReadAhead takes what is there, what is not and what is stopped, and ends when closed", async () => {
  await using folder = await TemporaryFolder.make();
  const file = join(folder.path, "weights");
  await Deno.writeFile(file, new Uint8Array(BYTES));
  const ahead = new ReadAhead();
  ahead.begin([]);
  ahead.begin([{ file: join(folder.path, "absent"), offset: 0, length: BYTES }]);
  ahead.begin([{ file, offset: 3, length: 5 }, { file, offset: 0, length: 3 }, { file, offset: BYTES, length: BYTES }]);
  ahead.stop();
  ahead.begin([{ file, offset: 0, length: BYTES }]);
  await ahead.close();
});

Deno.test({
  name:
    "openWillNeed() goes over the whole range, and stops in the middle when it is wanted no more (Linux with glibc)",
  ignore: openWillNeed() === null,
  fn: async () => {
    await using folder = await TemporaryFolder.make();
    const file = join(folder.path, "weights");
    await Deno.writeFile(file, new Uint8Array(BYTES));
    const calls = (most: number) => {
      let count = 0;
      openWillNeed()!({ file, offset: 5, length: BYTES - 5 }, () => ++count <= most);
      return count;
    };
    assert.equal(calls(Infinity), 8);
    assert.equal(calls(3), 4);
    openWillNeed()!({ file: join(folder.path, "absent"), offset: 0, length: 1 }, () => assert.fail("there is no file"));
  },
});
