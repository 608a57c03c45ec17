// Runs answers.py in Pyodide, with the files of a built try-it page, and times the page.
// Arguments: the folder of the page, answers.py, and the JSON file to write.
"use strict";
const fs = require("fs");
const path = require("path");

const [folder, script, output] = process.argv.slice(2).map((name) => path.resolve(name));
// Processor time, which depends little on what else the machine does. It includes the
// threads that compile code, so single changes vary.
const spent = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

async function main() {
  const seconds = {};
  let since = 0;
  const lap = () => {
    const before = since;
    since = spent();
    return since - before;
  };
  const { loadPyodide } = require(path.join(folder, "pyodide", "pyodide.js"));
  const python = await loadPyodide();
  python.unpackArchive(new Uint8Array(fs.readFileSync(path.join(folder, "python.zip"))), "zip");
  const page = python.pyimport("page").Page();
  page.begin("apa-2017");
  seconds.verdict = lap();
  await python.loadPackage("numpy", { messageCallback() {} });
  let question = JSON.parse(page.question());
  seconds.question = lap();
  seconds.changes = [];
  while (question.asked) {
    page.answer(question.asked.choices.at(-1)[0]);
    question = JSON.parse(page.question());
    seconds.changes.push(lap());
  }
  python.FS.writeFile("answers.py", fs.readFileSync(script));
  const answers = python.runPython("import answers, json; json.dumps(answers.answers())");
  fs.writeFileSync(output, JSON.stringify({ seconds, answers: JSON.parse(answers) }));
}

main().catch((error) => {
  console.error(String(error).slice(-2000));
  process.exit(1);
});
