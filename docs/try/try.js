// The try-it page, and its worker. The worker runs Python; the page shows what it answers.
"use strict";

if (typeof document === "undefined") serve(); else start();

// In the worker: `home` is the address of the page's folder.
async function serve() {
  try {
    importScripts(`${self.home}pyodide/pyodide.js`);
    const packages = fetch(`${self.home}python.zip`).then((got) => got.arrayBuffer());
    const python = await loadPyodide({ indexURL: `${self.home}pyodide/` });
    // The questions need NumPy, but the first verdict does not.
    const numpy = python.loadPackage("numpy", { messageCallback() {} });
    python.unpackArchive(await packages, "zip");
    const page = python.pyimport("page").Page();
    const tell = (kind, text) => self.postMessage({ kind, data: JSON.parse(text) });
    self.onmessage = async ({ data: [name, ...values] }) => {
      try {
        const text = page[name](...values);
        if (name === "worksheet") return tell(name, text);
        tell("verdict", text);
        await numpy;
        tell("question", page.question());
      } catch (error) {
        self.postMessage({ kind: "failed", data: String(error) });
      }
    };
    self.postMessage({ kind: "ready" });
  } catch (error) {
    self.postMessage({ kind: "failed", data: String(error) });
  }
}

function start() {
  const at = (id) => document.getElementById(id);
  const state = at("state");
  if (location.protocol === "file:") {
    state.textContent = "Open this page through a web server, for example `python -m http.server`.";
    return;
  }
  state.textContent = state.dataset.loads;
  // A worker made from a blob has the content security policy of this page.
  const home = new URL("./", location.href).href;
  const code = `self.home = ${JSON.stringify(home)}; importScripts(self.home + "try.js");`;
  const worker = new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  let moved = false; // whether the person has answered, so that the focus follows
  let warned = ""; // the crisis action that the person has seen
  const busy = () => document.body.hasAttribute("aria-busy");
  const ask = (...request) => {
    document.body.setAttribute("aria-busy", "true");
    worker.postMessage(request);
  };
  const show = {
    ready() {
      state.textContent = "Preparing the questions.";
      at("code").disabled = false;
      ask("begin", at("code").value);
    },
    verdict({ urgent, order, html }) {
      at("danger").hidden = !urgent.length;
      at("caution").hidden = Boolean(urgent.length);
      at("danger").replaceChildren(...urgent.map((says) => made("p", says)));
      at("order").textContent = order;
      at("verdict").innerHTML = html; // from the library, which escapes all text
      at("result").hidden = false;
    },
    question({ asked, answers, settled }) {
      const title = made("h2", asked ? asked.text : settled);
      title.tabIndex = -1;
      const legend = made("legend");
      legend.append(title);
      at("question").replaceChildren(legend, ...(asked ? choices(asked) : []));
      at("progress").textContent = asked ? asked.progress : "";
      at("continue").hidden = !asked;
      at("back").hidden = at("given").hidden = !answers.length;
      at("answers").replaceChildren(
        ...answers.flatMap(([text, label]) => [made("dt", text), made("dd", label)]),
      );
      at("form").hidden = false;
      state.textContent = "";
      document.body.removeAttribute("aria-busy");
      // A new crisis action comes first: on a phone, the question is below it.
      const warning = at("danger").textContent;
      if (moved) title.focus({ preventScroll: warning !== "" && warning !== warned });
      if (warning && warning !== warned) at("danger").scrollIntoView();
      warned = warning;
    },
    worksheet(html) {
      document.body.removeAttribute("aria-busy");
      const link = made("a");
      link.href = URL.createObjectURL(new Blob([html], { type: "text/html" }));
      link.download = "worksheet.html";
      link.click();
      URL.revokeObjectURL(link.href);
    },
    failed(why) {
      document.body.removeAttribute("aria-busy");
      // In Python's report of an error, the lines below the message are indented.
      const said = why.trim().split("\n").filter((line) => !line.startsWith(" ")).pop();
      state.textContent = `Something went wrong. Reload the page. (${said})`;
    },
  };
  worker.onmessage = ({ data: { kind, data } }) => show[kind](data);
  worker.onerror = (event) => show.failed(event.message || "The worker did not start.");
  at("code").onchange = () => {
    moved = false;
    ask("begin", at("code").value);
  };
  at("form").onsubmit = (event) => {
    event.preventDefault();
    if (busy()) return;
    moved = true;
    ask("answer", new FormData(at("form")).get("value"));
  };
  at("back").onclick = () => {
    if (busy()) return;
    moved = true;
    ask("back");
  };
  at("worksheet").onclick = () => busy() || ask("worksheet");
}

function choices({ choices, help }) {
  const shown = choices.map(([value, text]) => {
    const label = made("label");
    const input = made("input");
    Object.assign(input, { type: "radio", name: "value", value, required: true });
    label.append(input, text);
    return label;
  });
  if (help) shown.unshift(made("p", help, "quiet"));
  return shown;
}

function made(name, text = "", style = "") {
  const element = document.createElement(name);
  element.textContent = text;
  element.className = style;
  return element;
}
