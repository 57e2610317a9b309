// Where does it come from? A click on a number, or Enter or Space, opens its account in a panel.
(() => {
  const { labels, accounts, patients } = JSON.parse(document.getElementById("trace").textContent);

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

  const show = (number) => {
    const key = number.dataset.key, found = accounts[key], list = make("dl");
    title.replaceChildren(...[...number.childNodes].map((node) => node.cloneNode(true)));
    for (const [name, label] of labels) {
      if (!(name in found)) continue;
      const code = ["filter", "columns", "rule", "module", "source"].includes(name);
      const text = make(code ? "code" : "span", {}, found[name]);
      const target = name === "reference" && document.getElementById(`ref-${found.citation}`);
      const link = target && make("a", { href: `#${target.id}`, onclick: () => panel.close() }, text);
      list.append(make("dt", {}, label), make("dd", {}, link || text));
    }
    body.replaceChildren(list);
    if (found.table) body.append(inputs(found.table));
    if (found.patients) {
      const columns = found.shown ? ["Patient", "Column", "Raw", "Clean"] : ["Patient"];
      const files = [...new Set(found.patients.map((id) => patients[id].file))];
      const caption = `Patients (${found.patients.length}), from ${files.join(", ")}`;
      body.append(table(caption, columns,
        ...found.patients.map((id) => patient(id, found.shown ?? [], files.length === 1))));
    }
    body.append(make("footer", {}, "In a terminal: ", make("code", {}, `make trace KEY=${key}`)));
    number.setAttribute("aria-expanded", "true");
    panel.onclose = () => {
      number.removeAttribute("aria-expanded");
      number.focus({ preventScroll: true });
    };
    panel.showModal();
    panel.scrollTop = 0;
    title.focus();
  };

  for (const number of document.querySelectorAll(".num[data-key]")) {
    if (!(number.dataset.key in accounts) || number.closest("a")) continue;
    number.tabIndex = 0;
    number.setAttribute("role", "button");
    number.setAttribute("aria-haspopup", "dialog");
    number.addEventListener("click", () => {
      if (getSelection().isCollapsed) show(number); // who selects text does not ask
    });
    number.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      show(number);
    });
  }
  close.onclick = () => panel.close();
  panel.addEventListener("click", (event) => event.target === panel && outside(event) && panel.close());
  const outside = ({ clientX }) => clientX < panel.getBoundingClientRect().left;
  const hint = "Each number says where it comes from: click it, or press Enter on it.";
  document.querySelector("header")?.append(make("p", { className: "trace-hint" }, hint));
  document.body.append(panel);
})();
