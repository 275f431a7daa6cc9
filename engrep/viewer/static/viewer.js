// Keys and small comforts; every page works without this file.
(() => {
  "use strict";
  const all = (selector) => [...document.querySelectorAll(selector)];
  const rows = () => all("[data-row]").filter((row) => row.offsetParent !== null);
  const box = document.getElementById("q");
  const keys = document.getElementById("keys");
  let going = false;

  const typing = (target) => target.matches("input, textarea, select") && target.type !== "checkbox";

  function choose(row) {
    all("[data-row].chosen").forEach((other) => other.classList.remove("chosen"));
    row.classList.add("chosen");
    const first = row.querySelector("a.open, summary, a") || row;
    first.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  function move(step) {
    const list = rows();
    if (!list.length) return;
    const at = list.findIndex((row) => row.classList.contains("chosen"));
    choose(list[Math.max(0, Math.min(list.length - 1, at < 0 ? (step > 0 ? 0 : list.length - 1) : at + step))]);
  }

  function press(key) {
    const row = document.querySelector("[data-row].chosen");
    const button = row && row.querySelector(`button[data-key="${key}"]`);
    if (button) button.click();
    return Boolean(button);
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.repeat && !"jk".includes(event.key)) return; // a key that is held down decides once, not on each page that follows
    if (event.key === "Escape" && typing(event.target)) return event.target.blur();
    if (typing(event.target) || (keys && keys.open)) return;
    if (going) {
      going = false;
      const to = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
      if (to) to.click();
      return;
    }
    const done = {
      "/": () => { box.focus(); box.select(); },
      j: () => move(1),
      k: () => move(-1),
      g: () => { going = true; },
      "?": () => keys.showModal(),
      a: () => press("a"),
      x: () => press("x"),
    }[event.key];
    if (done && done() !== false) event.preventDefault();
  });

  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-row]");
    if (row && !row.classList.contains("chosen")) {
      all("[data-row].chosen").forEach((other) => other.classList.remove("chosen"));
      row.classList.add("chosen");
    }
  });

  const help = document.getElementById("help");
  if (help) help.addEventListener("click", () => keys.showModal());

  // A filter is asked with the question as it stands in the box, not as it was.
  all("form[data-follows]").forEach((form) => {
    form.addEventListener("submit", () => { form.elements[form.dataset.follows].value = box.value; });
    all("form[data-follows] select").forEach((select) => select.addEventListener("change", () => form.requestSubmit()));
  });

  // After a decision the next one is chosen, so that a keeps approving and x rejecting.
  if (document.body.dataset.section === "review" && rows().length && !location.hash) choose(rows()[0]);

  // The drawing opens on the symbol itself, which lies in its middle.
  all(".canvas").forEach((canvas) => {
    const self = canvas.querySelector(".self");
    if (!self) return;
    const by = self.getBoundingClientRect().left - canvas.getBoundingClientRect().left;
    canvas.scrollLeft += by - (canvas.clientWidth - self.getBoundingClientRect().width) / 2;
  });
})();
