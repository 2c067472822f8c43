import type { AnswerForm } from "./answer.ts";
import { modelRef } from "./answer.ts";
import { readoutJson } from "./readout_json.ts";

/** ProbeResponse as one JSON object. */
export const json: AnswerForm = {
  contentType: "application/json",
  begin(answer) {
    const read = readoutJson(answer);
    const outputs: string[] = [];
    const readouts: string[] = [];
    let size = 0;
    return {
      position(position, rows) {
        const text = read(position, rows);
        outputs.push(`{${text.output}}`);
        for (const readout of text.readouts) {
          readouts.push(`{${readout}}`);
          size += readout.length + 3;
        }
        size += text.output.length + 3;
      },
      get size() {
        return size;
      },
      finish({ usage, timing }) {
        const { model, lenses, plan, tokens, warnings } = answer;
        const before = JSON.stringify({ model: modelRef(model), lenses, norm: plan.norm, tokens }).slice(0, -1);
        const after = JSON.stringify({ warnings, usage, timing }).slice(1);
        return `${before},"output":[${outputs.join(",")}],"readouts":[${readouts.join(",")}],${after}`;
      },
    };
  },
};
