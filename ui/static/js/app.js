// Comfort only: every page works without this file.
(() => {
  "use strict";

  const root = document.documentElement;
  const persian = (value) => String(value).replace(/\d/g, (d) => "۰۱۲۳۴۵۶۷۸۹"[d]);

  // Theme
  const paintThemes = () => {
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      const chosen = (root.dataset.theme || "auto") === button.dataset.themeChoice;
      button.setAttribute("aria-pressed", String(chosen));
    }
  };
  const chooseTheme = (theme) => {
    if (theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = theme;
    try {
      if (theme === "auto") localStorage.removeItem("favad-theme");
      else localStorage.setItem("favad-theme", theme);
    } catch {
      // The choice lasts for this page only.
    }
    paintThemes();
  };

  // Clock bars: the server says how many seconds were left, we count from when we saw them.
  const seen = new WeakMap();
  const span = (seconds) => {
    const minutes = Math.floor(seconds / 60);
    if (minutes < 1) return "کمتر از یک دقیقه";
    const hours = Math.floor(minutes / 60);
    const rest = minutes % 60;
    if (!hours) return `${persian(rest)} دقیقه`;
    return rest ? `${persian(hours)} ساعت و ${persian(rest)} دقیقه` : `${persian(hours)} ساعت`;
  };
  const countDown = () => {
    const now = Date.now();
    for (const clock of document.querySelectorAll("[data-clock]")) {
      const given = clock.dataset.clock;
      let first = seen.get(clock);
      if (first?.given !== given) {
        first = { given, at: now };
        seen.set(clock, first);
        continue;
      }
      const left = Number(given) - Math.round((now - first.at) / 1000);
      const bar = clock.querySelector("progress");
      const tone = left <= 0 ? "late" : left <= bar.max * 0.2 ? "warn" : "ok";
      const text = left <= 0 ? `${span(-left)} از مهلت گذشته` : `${span(left)} مانده`;
      const label = clock.querySelector("[data-clock-text]");
      bar.value = Math.max(0, left);
      if (label.textContent !== text) label.textContent = text;
      clock.classList.remove("clock-ok", "clock-warn", "clock-late");
      clock.classList.add(`clock-${tone}`);
    }
  };

  // Toasts
  const dismissLater = (toast) => {
    toast.dataset.timed = "";
    const leave = () => {
      if (toast.matches(":hover, :focus-within")) setTimeout(leave, 2000);
      else toast.remove();
    };
    setTimeout(leave, 8000);
  };
  const watchToasts = () => {
    const timed = ".toast:not([data-timed], .toast-error, .toast-keep)";
    for (const toast of document.querySelectorAll(timed)) dismissLater(toast);
  };
  const showToast = (id) => {
    const template = document.getElementById(id);
    const box = document.getElementById("toasts");
    if (!template || !box || box.querySelector(`[data-from="${id}"]`)) return;
    const toast = template.content.firstElementChild.cloneNode(true);
    toast.dataset.from = id;
    box.append(toast);
  };

  document.addEventListener("click", (event) => {
    const theme = event.target.closest("[data-theme-choice]");
    if (theme) chooseTheme(theme.dataset.themeChoice);
    event.target.closest("[data-dismiss]")?.closest(".toast")?.remove();
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  // Copying: without a secure context the text is selected instead.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    const source = button && document.getElementById(button.dataset.copy);
    if (!source) return;
    source.select();
    try {
      await navigator.clipboard.writeText(source.value);
      button.querySelector("span").textContent = "رونوشت شد";
    } catch {
      source.focus();
    }
  });

  // Keyboard
  const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]");
  const comboboxKey = (event) => {
    const box = event.target.closest?.(".combobox-search input")?.closest(".combobox");
    const first = box?.querySelector(".combobox-results input[type=radio]");
    if (!first || (event.key !== "ArrowDown" && event.key !== "Enter")) return;
    event.preventDefault();
    if (event.key === "Enter") first.click();
    first.focus();
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const menu = document.querySelector("details.menu[open]");
      if (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
      return;
    }
    comboboxKey(event);
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    // event.code keeps the keys working on a Persian keyboard layout.
    if (event.key === "?" || event.key === "؟") {
      const sheet = document.getElementById("shortcuts");
      if (sheet && !sheet.open) sheet.showModal();
    } else if (event.key === "/" || event.code === "Slash") {
      const search = document.getElementById("search");
      if (!search) return;
      event.preventDefault();
      search.focus();
      search.select();
    }
  });

  // Live connection: htmx reconnects a stream that broke, but not one that never began.
  const isStream = (element) => element?.hasAttribute?.("hx-sse:connect");
  const live = (state) => (event) => {
    if (isStream(event.target)) root.dataset.live = state;
  };
  document.addEventListener("htmx:sse:after:connection", live("on"));
  document.addEventListener("htmx:sse:error", live("off"));
  document.addEventListener("htmx:sse:close", live("off"));
  const failed = (event) => {
    const source = event.detail.ctx?.sourceElement;
    if (isStream(source)) {
      root.dataset.live = "off";
      setTimeout(() => source.isConnected && window.htmx.process(source, true), 5000);
    } else if (source && !(event.detail.ctx.response?.status < 500)) {
      showToast("toast-failed");
    }
  };
  document.addEventListener("htmx:error", failed);
  document.addEventListener("htmx:response:error", failed);

  const refresh = () => {
    countDown();
    watchToasts();
  };
  document.addEventListener("htmx:after:settle", (event) => {
    const results = event.target.closest?.(".combobox-results");
    const count = results?.parentElement.querySelector("[data-result-count]");
    if (count) count.textContent = `${persian(results.querySelectorAll("input").length)} نتیجه`;
    refresh();
  });
  document.addEventListener("visibilitychange", () => document.hidden || countDown());
  for (const box of document.querySelectorAll(".themes")) box.hidden = false;
  paintThemes();
  refresh();
  setInterval(countDown, 30000);
})();
