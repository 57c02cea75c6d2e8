// Keys for the operators' inbox; every act is a button too.
(() => {
  "use strict";

  const list = document.querySelector("[data-inbox]");
  if (!list) return;
  const entries = () => [...list.querySelectorAll("[data-entry]")];
  const chosen = () => list.querySelector("[data-entry][aria-current]");
  const choose = (entry) => {
    if (!entry) return;
    chosen()?.removeAttribute("aria-current");
    entry.setAttribute("aria-current", "true");
    entry.focus({ preventScroll: true });
    const { top, bottom } = entry.getBoundingClientRect();
    if (top < 80 || bottom > innerHeight) entry.scrollIntoView({ block: "start" });
  };
  const step = (by) => {
    const all = entries();
    const at = all.indexOf(chosen());
    choose(at < 0 ? all[0] : all[Math.min(Math.max(at + by, 0), all.length - 1)]);
  };

  // event.code keeps the keys working on a Persian keyboard layout.
  const keyOf = (code) => {
    const digit = /^(?:Digit|Numpad)([1-5])$/.exec(code);
    return digit ? digit[1] : { KeyA: "a", KeyC: "c", KeyR: "r" }[code];
  };
  const press = (entry, key) => {
    const button = entry.querySelector(`[data-key="${key}"]`);
    if (!button || entry.dataset.busy) return;
    button.click();
    if (button.matches("summary")) button.parentElement.querySelector("select").focus();
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest?.("input, textarea, select, [contenteditable], dialog")) return;
    if (event.code === "KeyJ") step(1);
    else if (event.code === "KeyK") step(-1);
    else if (chosen() && keyOf(event.code)) press(chosen(), keyOf(event.code));
    else return;
    event.preventDefault();
  });
  list.addEventListener("focusin", (event) => {
    const entry = event.target.closest("[data-entry]");
    if (entry && entry !== chosen()) {
      chosen()?.removeAttribute("aria-current");
      entry.setAttribute("aria-current", "true");
    }
  });

  // A text is sent once, and the next one is at hand when it is gone. The page is also settled by
  // its live parts, so that only what followed an act counts.
  let next = -1;
  list.addEventListener("submit", (event) => {
    const entry = event.target.closest("[data-entry]");
    if (!entry) return;
    if (entry.dataset.busy) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    entry.dataset.busy = "true";
    next = entries().indexOf(entry);
  }, true);
  const free = () => {
    for (const entry of entries()) delete entry.dataset.busy;
  };
  document.addEventListener("htmx:error", free);
  document.addEventListener("htmx:after:settle", () => {
    if (chosen() || next < 0) return;
    const all = entries();
    if (all.length) choose(all[Math.min(next, all.length - 1)]);
    else if (!list.querySelector(".alert")) location.reload();
  });
  entries()[0]?.setAttribute("aria-current", "true");
})();
