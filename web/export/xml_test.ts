import assert from "node:assert/strict";
import { gradientOf } from "./svg_box.ts";
import { svgPaint } from "./svg_paint.ts";
import { xmlAttributes, xmlText } from "./xml.ts";

Deno.test("any text is XML", () => {
  assert.equal(xmlText(`<a b="c">&`), "&lt;a b=&quot;c&quot;&gt;&amp;");
  assert.equal(xmlText("\u0000\u001b\ud800x\uffff😀\t"), "\ufffd\ufffd\ufffdx\ufffd😀\t");
  assert.equal(xmlAttributes({ x: 1.239, y: undefined, fill: '"' }), ' x="1.24" fill="&quot;"');
});

Deno.test("CSS colours become those of SVG", () => {
  assert.deepEqual(svgPaint("rgb(1, 171, 255)"), { colour: "#01abff", opacity: 1 });
  assert.deepEqual(svgPaint("rgba(0, 0, 0, 0.25)"), { colour: "#000000", opacity: 0.25 });
  assert.equal(svgPaint("rgba(0, 0, 0, 0)"), null);
  assert.equal(svgPaint("none"), null);
  const gradient = gradientOf("linear-gradient(to right, rgb(0, 0, 0), rgb(1, 1, 1), rgb(2, 2, 2))", "g")!;
  assert.deepEqual(gradient.definition.match(/offset="[\d.]+" stop-color="#\w+"/g), [
    'offset="0" stop-color="#000000"',
    'offset="0.5" stop-color="#010101"',
    'offset="1" stop-color="#020202"',
  ]);
  assert.equal(gradientOf("none", "g"), null);
});
