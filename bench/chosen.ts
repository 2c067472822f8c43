import { withData } from "./converted_data.ts";
import type { BenchModel } from "./options.ts";
import { startServiceProcess } from "./service_process.ts";

/** What `--precision auto` says of a model on this machine, with memory for `lensMemory` of translators. */
export function chosen(model: BenchModel, data: string | undefined, lensMemory: string): Promise<string> {
  return withData(data, async (folder) => {
    await using service = await startServiceProcess(model.folder, folder, ["--lens-memory", lensMemory]);
    while (true) {
      const line = service.said.find((one) => /precision \w+, /.test(one));
      if (line !== undefined) return line;
      const response = await fetch(`${service.url}/readyz`);
      await response.body?.cancel();
      if (response.ok) throw new Error("the service is ready and has not said what was chosen");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
}
