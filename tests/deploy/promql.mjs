// Reads a JSON list of expressions from the standard input, and writes for each what Prometheus' own grammar makes of it: whether it is
// PromQL, its metrics, and the labels that it names. The grammar's package is the argument: it is no dependency of the project.
const { parser } = await import(Deno.args[0]);

const texts = JSON.parse(await new Response(Deno.stdin.readable).text());
const answers = texts.map((text) => {
  const [metrics, labels] = [new Set(), new Set()];
  let valid = true;
  parser.parse(text).iterate({
    enter(node) {
      const said = text.slice(node.from, node.to);
      if (node.type.isError) valid = false;
      else if (node.name === "Identifier" && node.node.parent?.name === "VectorSelector") metrics.add(said);
      else if (node.name === "LabelName") labels.add(said);
    },
  });
  return { valid, metrics: [...metrics], labels: [...labels] };
});
console.log(JSON.stringify(answers));
