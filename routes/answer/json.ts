import { type AnswerForm, modelRef } from "./answer.ts";
import { positionReadouts } from "./readouts.ts";

/** ProbeResponse as one JSON object. */
export const json: AnswerForm = {
  contentType: "application/json",
  begin(answer) {
    const { model, lenses, plan, tokens, warnings } = answer;
    const outputs: string[] = [];
    const readouts: string[] = [];
    let size = 0;
    return {
      position(position, rows) {
        const read = positionReadouts(answer, position, rows);
        const output = JSON.stringify(read.output);
        // Without the brackets: the items of all positions make one list.
        const cells = JSON.stringify(read.readouts).slice(1, -1);
        outputs.push(output);
        readouts.push(cells);
        size += output.length + cells.length + 2;
      },
      get size() {
        return size;
      },
      finish(bill) {
        const head = JSON.stringify({ model: modelRef(model), lenses, norm: plan.norm, tokens }).slice(0, -1);
        const tail = JSON.stringify({ warnings, ...bill }).slice(1);
        return `${head},"output":[${outputs.join(",")}],"readouts":[${readouts.join(",")}],${tail}`;
      },
    };
  },
};
