// The page of `make watch`: it loads itself anew at its place, and shows above it what is wrong.
(() => {
  const page = Number(document.currentScript.dataset.page);
  const bar = document.body.appendChild(document.createElement("div"));
  bar.setAttribute("role", "status");
  bar.style.cssText = "position:fixed;inset:0 0 auto 0;z-index:9;max-height:45vh;overflow:auto;" +
    "padding:.7rem 1.2rem;font:.9rem/1.45 system-ui,sans-serif;white-space:pre-wrap;color:#fff;" +
    "box-shadow:0 2px 8px #0006";
  const tell = (told, kind) => {
    bar.hidden = !told;
    bar.style.background = kind === "wrong" ? "#8c2a16" : "#3a4046";
    const head = { wrong: "Not as saved: the page below is the last good one.\n\n" };
    const text = (head[kind] ?? "") + told;
    if (bar.textContent !== text) bar.textContent = text; // else it could not be selected, or read aloud once
  };

  // The place: the first block that is seen, by its words, else by its number, and where it stands.
  const blocks = () => [...document.querySelectorAll("h1, h2, h3, h4, p, li, tr, figcaption")];
  const keep = () => {
    const all = blocks();
    const at = all.findIndex((block) => block.getBoundingClientRect().bottom > 0);
    if (at < 0 || scrollY === 0) return;
    const top = all[at].getBoundingClientRect().top;
    sessionStorage.setItem("place", JSON.stringify([all[at].textContent, at, top]));
  };
  const restore = () => {
    const [text, at, top] = JSON.parse(sessionStorage.getItem("place") ?? "[]");
    sessionStorage.removeItem("place");
    if (at === undefined) return;
    const all = blocks();
    const same = all.map((block, n) => [Math.abs(n - at), block]);
    const [, found] = same.filter(([, block]) => block.textContent === text)
      .sort(([a], [b]) => a - b)[0] ?? same[Math.min(at, all.length - 1)];
    scrollBy({ top: found.getBoundingClientRect().top - top, behavior: "instant" });
  };

  const ask = async () => {
    let wait = 400;
    try {
      const state = await (await fetch("state.json")).json();
      if (state.page !== page) {
        keep();
        return location.reload();
      }
      tell(state.told, state.kind);
    } catch {
      tell("make watch has ended, or this address is of an earlier one.", "ended");
      wait = 2000;
    }
    setTimeout(ask, wait);
  };
  history.scrollRestoration = "manual";
  addEventListener("load", restore); // when the figures have their height
  ask();
})();
