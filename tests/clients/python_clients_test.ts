import { runCommand } from "../../scripts/clients/run_command.ts";
import { testClients } from "./walk_test_cases.ts";

await testClients("python", {
  check: ({ client, folder, tools }) => {
    const args = ["--strict", "--follow-imports", "silent", "--cache-dir", `${folder}/mypy`];
    return runCommand(`${tools.bin}/mypy`, [...args, "client.py", "misspelt.py", "../walk/walk.py"], {
      cwd: `${folder}/${client.name}`,
      env: { MYPYPATH: "generated:../walk" },
    });
  },
  error: /: error: /,
  walk: ({ client, folder, tools }, plan) =>
    runCommand(`${tools.bin}/python`, ["../walk/walk.py", plan], {
      cwd: `${folder}/${client.name}`,
      env: { PYTHONPATH: ".:generated:../walk" },
    }),
});
