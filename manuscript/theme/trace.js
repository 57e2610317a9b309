// Where does it come from? A click on a number, or Enter or Space, opens its account in a panel; the
// sign behind a sentence that hangs on the data, or a click on it, says why it stands here.
(() => {
  const data = JSON.parse(document.getElementById("trace").textContent);
  const { labels, accounts, patients, claims } = data;
  const open = ["in_print", "range", "reference"]; // what stands beside the sentence, not folded

  // An element with its properties and children; text is always text, never markup.
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const close = make("button", { type: "button" }, "Close");
  const title = make("h2", { id: "trace-title", tabIndex: -1 });
  const body = make("div");
  const panel = make("dialog", { className: "trace" },
    make("div", { className: "trace-head" }, title, close), body);
  panel.setAttribute("aria-labelledby", "trace-title");

  const table = (caption, head, ...bodies) => {
    const names = head.map((name) => make("th", { scope: "col" }, name));
    const wide = make("div", { className: "trace-wide", tabIndex: 0 }, make("table", {},
      make("caption", {}, caption), make("thead", {}, make("tr", {}, ...names)), ...bodies));
    wide.setAttribute("role", "region");
    wide.setAttribute("aria-label", caption);
    return wide;
  };
  const row = (head, ...cells) => make("tr", {}, ...head, ...cells.map((c) => make("td", {}, c)));
  const quiet = (text) => make("span", { className: "quiet" }, text);

  // The inputs of a test: a table of counts, or two samples.
  const inputs = ([head, ...rows]) => table("Inputs", head, make("tbody", {}, ...rows.map(
    ([name, ...cells]) => row([make("th", { scope: "row" }, name)], ...cells))));

  // A patient: the place in the raw file, then each cell that matters, as received and as cleaned.
  const patient = (id, shown, oneFile) => {
    const { file, row: line, cells } = patients[id];
    const of = shown.filter((name) => name in cells).map((name) => [name, ...cells[name]]);
    const head = make("th", { scope: "rowgroup", rowSpan: Math.max(1, of.length) }, id,
      make("small", {}, oneFile ? `row ${line}` : `${file}, row ${line}`));
    const lines = of.map(([name, column, raw, clean, rule], i) => row(i ? [] : [head],
      make("span", {}, column, ...(column === name ? [] : [make("small", {}, name)])),
      raw === null ? quiet("derived") : raw === "" ? quiet("empty") : raw,
      make("span", {}, clean === "" ? quiet("missing") : clean,
        ...(rule ? [make("small", {}, rule)] : []))));
    return make("tbody", {}, ...(lines.length ? lines : [row([head])]));
  };

  // The parts of an account, as far as `wanted` asks for them.
  const list = (found, wanted) => make("dl", {}, ...labels.filter(([name]) => name in found &&
    name !== "sentence" && wanted(name)).flatMap(([name, label]) => {
    const code = ["filter", "columns", "rule", "module", "source"].includes(name);
    const text = make(code ? "code" : "span", {}, found[name]);
    const target = name === "reference" && document.getElementById(`ref-${found.citation}`);
    const link = target && make("a", { href: `#${target.id}`, onclick: () => panel.close() }, text);
    return [make("dt", {}, label), make("dd", {}, link || text)];
  }));

  const account = (number) => {
    const key = number.dataset.key, found = accounts[key];
    const how = make("details", {}, make("summary", {}, "How it is computed"),
      list(found, (name) => !open.includes(name)));
    if (found.table) how.append(inputs(found.table));
    if (found.patients) {
      const shown = found.columns?.split(", ") ?? [];
      const columns = found.columns ? ["Patient", "Column", "Raw", "Clean"] : ["Patient"];
      const files = [...new Set(found.patients.map((id) => patients[id].file))];
      const caption = `Patients (${found.patients.length}), from ${files.join(", ")}`;
      how.append(table(caption, columns,
        ...found.patients.map((id) => patient(id, shown, files.length === 1))));
    }
    how.append(make("footer", {}, "In a terminal: ", make("code", {}, `make trace KEY=${key}`)));
    show(number, [...number.childNodes].map((node) => node.cloneNode(true)), [
      make("p", { className: "trace-sentence" }, found.sentence),
      list(found, (name) => open.includes(name)), how]);
  };

  // Why a sentence stands here: its condition, and those of the sentences that might have.
  const why = (opener, sentence) => {
    const [name, chosen] = sentence.dataset.claim.split(".");
    const parts = ({ when }) => make("ul", {}, ...when.map(([words, holds]) => make("li",
      { className: holds === null ? "" : holds ? "holds" : "fails" }, words,
      quiet(holds === null ? "" : holds ? " (so it is)" : " (not so)"))));
    const others = claims[name].flatMap((variant, i) => i === chosen - 1 ? [] : [
      make("div", { className: "trace-other" }, make("p", {}, variant.text || "No sentence at all."),
        parts(variant))]);
    show(opener, ["Why this sentence?"], [
      make("p", { className: "trace-sentence" }, sentence.textContent),
      make("h3", {}, "It stands here because"), parts(claims[name][chosen - 1]),
      make("h3", {}, "Otherwise there would stand"), ...others,
      make("footer", {}, "The first whose condition holds is printed. In the template: ",
        make("code", {}, `claim ${name}`))]);
  };

  const show = (opener, heading, content) => {
    title.replaceChildren(...heading);
    body.replaceChildren(...content);
    opener.setAttribute("aria-expanded", "true");
    panel.onclose = () => {
      opener.removeAttribute("aria-expanded");
      opener.focus({ preventScroll: true });
    };
    panel.showModal();
    panel.scrollTop = 0;
    title.focus();
  };
  const reads = () => !getSelection().isCollapsed; // who selects text does not ask

  for (const number of document.querySelectorAll(".num[data-key]")) {
    if (!(number.dataset.key in accounts) || number.closest("a")) continue;
    number.tabIndex = 0;
    number.setAttribute("role", "button");
    number.setAttribute("aria-haspopup", "dialog");
    number.addEventListener("click", () => reads() || account(number));
    number.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      account(number);
    });
  }
  for (const sentence of document.querySelectorAll(".claim[data-claim]")) {
    const sign = make("button", { type: "button", className: "trace-why",
      onclick: () => why(sign, sentence) });
    sign.setAttribute("aria-label", "Why this sentence?");
    sign.setAttribute("aria-haspopup", "dialog");
    sentence.after(sign);
    sentence.classList.add("trace-claim");
    sentence.addEventListener("click", ({ target }) =>
      target.closest('[role="button"], a') || reads() || why(sign, sentence));
  }
  close.onclick = () => panel.close();
  panel.addEventListener("click", (event) => event.target === panel && outside(event) && panel.close());
  const outside = ({ clientX }) => clientX < panel.getBoundingClientRect().left;
  const hint = "Each number can be clicked: it says where it comes from, in one sentence. So can each "
    + "sentence with this sign behind it, which says why it stands here: ";
  const top = document.querySelector("header");
  top?.insertBefore(make("p", { className: "trace-hint" }, hint,
    make("span", { className: "trace-why" })), top.querySelector(".abstract"));
  document.body.append(panel);
})();
