import { type AnswerForm, modelRef } from "./answer.ts";
import { estimateResponseBytes } from "../response_size.ts";
import { positionReadouts } from "./readouts.ts";
import { FIRST_BYTES, Utf8Buffer } from "./utf8_buffer.ts";

/** ProbeResponse as one JSON object. */
export const json: AnswerForm = {
  contentType: "application/json",
  begin(answer) {
    const { model, lenses, plan, tokens, warnings } = answer;
    const outputs = new Utf8Buffer();
    const readouts = new Utf8Buffer(estimateResponseBytes(answer));
    const item = (list: Utf8Buffer, text: string) => list.write(list.size > 0 && text !== "" ? `,${text}` : text);
    return {
      position(position, rows) {
        const read = positionReadouts(answer, position, rows);
        item(outputs, JSON.stringify(read.output));
        // Without the brackets: the items of all positions make one list.
        item(readouts, JSON.stringify(read.readouts).slice(1, -1));
      },
      get size() {
        return outputs.size + readouts.size;
      },
      finish(bill) {
        const whole = new Utf8Buffer(2 * FIRST_BYTES + outputs.size + readouts.size);
        const head = JSON.stringify({ model: modelRef(model), lenses, norm: plan.norm, tokens }).slice(0, -1);
        whole.write(`${head},"output":[`);
        whole.append(outputs.bytes());
        whole.write(`],"readouts":[`);
        whole.append(readouts.bytes());
        whole.write(`],${JSON.stringify({ warnings, ...bill }).slice(1)}`);
        return whole.bytes();
      },
    };
  },
};
